// Unpacks the browser beside its libraries and fonts: the package holds them compressed.
import { createReadStream, createWriteStream, writeFileSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const unpacked = (name, target) => pipeline(createReadStream(`node_modules/@sparticuz/chromium/bin/${name}.br`), createBrotliDecompress(), target);

await unpacked("al2023.tar", extract("libraries"));
await unpacked("fonts.tar", extract("fonts"));
await unpacked("swiftshader.tar", extract("."));
await unpacked("chromium", createWriteStream("chromium", { mode: 0o755 }));

// The package's own settings name folders of the place that it was made for. Without any font the browser ends at once; the machine's
// fonts come too, and what it says about them, because the one in the package has neither Chinese nor emoji.
writeFileSync("fonts/fonts.conf", `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
  <dir>${process.cwd()}/fonts/fonts</dir>
  <cachedir>${process.cwd()}/fonts/cache</cachedir>
</fontconfig>
`);
