// Shows what the policy refused, if it ever did.
const refused = document.getElementById("refused");

document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) => {
  refused.textContent = `${violatedDirective} ${blockedURI}`;
});
