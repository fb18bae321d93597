// The packed tarball and temporary projects that have it installed, as a consumer would. `cargo xtask test` packs it
// (PKG_TARBALL); else it is packed here from what is built.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";

import { root, temporary } from "../e2e/harness.mjs";

const run = promisify(execFile);
/** Where the bundlers and frameworks are installed: those of the build, and those of this folder. */
const installed = [join(root, "tests/packaging/node_modules"), join(root, "bindings/web/node_modules")];
export const modules = installed[1];

/** The folder of an installed npm package. */
export function packageOf(name) {
  const found = installed.map((folder) => join(folder, name)).find((folder) => existsSync(folder));
  if (!found) throw new Error(`${name} is not installed: npm ci in tests/packaging`);
  return found;
}

const packed = (async () => {
  if (process.env.PKG_TARBALL) return resolve(process.env.PKG_TARBALL);
  const given = process.env.PKG_DIR ?? join(root, "pkg");
  const folder = temporary("packed");
  const { stdout } = await run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], { cwd: given });
  return join(folder, JSON.parse(stdout)[0].filename);
})();

/** The tarball's path. */
export const tarball = () => packed;

/**
 * A fresh project with these files, in which `tastemaker` is what the tarball holds, unpacked as npm does it: nothing
 * outside of the tarball can be reached from it. `borrowed` packages are linked from where they are installed.
 */
export async function project(files, borrowed = []) {
  const folder = temporary("project");
  const unpacked = join(folder, "node_modules/tastemaker");
  await mkdir(unpacked, { recursive: true });
  await run("tar", ["-xzf", await tarball(), "-C", unpacked, "--strip-components=1"]);
  for (const name of borrowed) {
    await mkdir(join(folder, "node_modules", name, ".."), { recursive: true });
    await symlink(packageOf(name), join(folder, "node_modules", name));
  }
  for (const [name, content] of Object.entries(files)) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return folder;
}

/** A copy of an example's own files (not what was installed or built in it) beside the package, as {@link project}. */
export async function example(name, borrowed = []) {
  const folder = await project({}, borrowed);
  const source = join(root, "examples", name);
  for (const entry of await readdir(source)) {
    if (!["node_modules", "dist", "package-lock.json"].includes(entry)) await cp(join(source, entry), join(folder, entry), { recursive: true });
  }
  return folder;
}

/** Runs a program in a project; its output, both streams, is in the error where it fails. */
export async function inside(folder, program, ...words) {
  try {
    return (await run(program, words, { cwd: folder })).stdout;
  } catch (error) {
    throw new Error(`${program} ${words.join(" ")}:\n${error.stdout}${error.stderr}`, { cause: error });
  }
}
