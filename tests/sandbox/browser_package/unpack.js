// Unpacks the browser beside its libraries and fonts: the package holds them compressed.
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const unpacked = (name, target) => pipeline(createReadStream(`node_modules/@sparticuz/chromium/bin/${name}.br`), createBrotliDecompress(), target);

await unpacked("al2023.tar", extract("libraries"));
await unpacked("fonts.tar", extract("fonts"));
await unpacked("swiftshader.tar", extract("."));
await unpacked("chromium", createWriteStream("chromium", { mode: 0o755 }));
