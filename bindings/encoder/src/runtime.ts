/**
 * What stands in the place of `ort-web`'s own loader (`build.mjs` puts it there). That one adds script elements, so it
 * needs a document, and checks the digest of one file of three. `engine.ts` has loaded the runtime by then, from bytes
 * whose digests it checked; here it is only said that it is there.
 */
export async function initRuntime(): Promise<boolean> {
  if (!("ort" in globalThis)) throw new Error("ONNX Runtime is not loaded yet");
  return true;
}
