/** Frames are made while the package is built, from what the drawing of that name draws without a view. */
declare module "*.frame" {
  const frame: import("./draw/frame.ts").Frame;
  export default frame;
}
