// Builds the component: node build.mjs OUTPUT [WIT]
//
// WIT is the folder or file of the contract, for who has copied this example out of the repository.

import { writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { componentize } from "@bytecodealliance/componentize-js";

const beside = (path) => fileURLToPath(new URL(path, import.meta.url));

const [output, wit = beside("../../wit/0.1.0/tariff.wit")] = process.argv.slice(2);
if (output === undefined) {
  console.error("usage: node build.mjs OUTPUT [WIT]");
  process.exit(2);
}

const { component } = await componentize({
  sourcePath: beside("tariff.js"),
  witPath: wit,
  worldName: "tariff",
  // The host offers a tariff nothing: no clock, no random numbers, no output, no network. What is disabled here is not
  // imported.
  disableFeatures: ["stdio", "random", "clocks", "http", "fetch-event"],
});
await writeFile(output, component);
console.log(`${output}: ${component.length} bytes`);
