#!/usr/bin/env node
// Starts the lamella program of this platform's package and ends as it ends.
"use strict";
const { spawn } = require("node:child_process");

const platform = `${process.platform}-${process.arch}`;
const program = process.platform === "win32" ? "lamella.exe" : "lamella";
let path;
try {
  path = require.resolve(`@lamella-build/${platform}/bin/${program}`);
} catch {
  console.error(
    `error: the package @lamella-build/${platform} is not installed\n` +
      "  hint: install lamella again without --omit=optional; lamella runs on Linux, macOS and Windows, x64 and arm64",
  );
  process.exit(1);
}

const child = spawn(path, process.argv.slice(2), { stdio: "inherit" });
// A terminal sends Ctrl-C to both; the program decides how it ends.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    if (signal !== "SIGINT") child.kill(signal);
  });
}
child.on("error", (error) => {
  console.error(`error: ${path} cannot be started: ${error.message}`);
  process.exit(1);
});
child.on("exit", (status, signal) => {
  if (!signal) process.exit(status);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
});
