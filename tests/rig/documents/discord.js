// Writes Discord's document as one JSON Schema: `node discord.js > discord.json`, beside the packages of package-lock.json.
//
// The package "discord-api-spec" is generated from Discord's OpenAPI document. It has the schemas as code for zod, which can
// write them as JSON Schema. Which operation takes which schema stands in its TypeScript alone, which is read line by line.

import { readFileSync } from "node:fs";
import * as z from "zod";
import * as schemas from "discord-api-spec/zod";

const registry = z.registry();
for (const [name, schema] of Object.entries(schemas))
  if (name.endsWith("Schema")) registry.add(schema, { id: name.slice(0, -"Schema".length) });
// "output" closes the objects: a field that the document does not know is an error.
const written = z.toJSONSchema(registry, {
  io: "output",
  unrepresentable: "any",
  uri: (name) => `#/$defs/${name}`,
  override: ({ jsonSchema }) => {
    // zod's own pattern wants a time that ends in Z; Discord's times end in +00:00, and its document has no pattern.
    if (jsonSchema.format === "date-time") delete jsonSchema.pattern;
  },
});
for (const schema of Object.values(written.schemas)) delete schema.$id;

// A body's type is a name, several in a union, or an array of one. What is written out in place (`{ ... }`) is left out: the
// bot sends none of those, and a request to such an operation is reported as one that could not be checked.
function schemaOf(type) {
  const parts = type.split("|").map((part) => part.trim()).filter(Boolean);
  const found = parts.map((part) => {
    if (part === "null") return { type: "null" };
    if (part.endsWith("[]")) return { type: "array", items: schemaOf(part.slice(0, -2)) };
    if (!(part in written.schemas)) throw new Error(`no schema is called ${part}`);
    return { $ref: `#/$defs/${part}` };
  });
  return found.length === 1 ? found[0] : { anyOf: found };
}

const text = readFileSync(new URL("node_modules/discord-api-spec/build/discord-api-spec.ts", import.meta.url), "utf8");
const operations = {};
const [, paths] = text.split("export interface Paths {");
for (const [, path, methods] of paths.matchAll(/^ {2}"(\/.*?)": \{\n(.*?)^ {2}\};/gms))
  for (const [, method, operation] of methods.matchAll(/^ {4}(\w+): \{\n(.*?)^ {4}\};/gms)) {
    const [, type] = operation.match(/^ {6}requestBody\??:\s*(undefined|\{|[^;{]*);?/m);
    const name = `${method.toUpperCase()} ${path}`;
    operations[name] = type === "undefined" ? null : type === "{" ? "written out in place" : schemaOf(type);
  }

process.stdout.write(JSON.stringify({ operations, $defs: written.schemas }));
