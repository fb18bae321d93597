/**
 * What stands in the place of `ort-web`'s telemetry (`build.mjs` puts it there): nothing is counted and nobody is told.
 */
export function trackSessionInit(): boolean {
  return false;
}
