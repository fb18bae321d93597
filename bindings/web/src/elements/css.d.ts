/**
 * The bundler's text loader makes a style sheet's source a string.
 */
declare module "*.css" {
  const css: string;
  export default css;
}
