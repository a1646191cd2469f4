/** Unit tests run side by side; whatever needs root, namespaces or real peers runs after them in `interop`, three files at a time: they mostly wait. */

import { defineConfig } from "vitest/config";

const KERNEL = ["test/bench/**/*.test.ts", "test/etcd/**/*.test.ts", "test/hostile/**/*.test.ts", "test/interop/**/*.test.ts", "test/lab/**/*.test.ts", "test/kernel/**/*.test.ts"];

// `vitest run` is the test suite; `vitest bench --project bench` measures.
export default defineConfig({
  test: {
    projects: [
      {
        test: { name: "unit", include: ["test/**/*.test.ts"], exclude: KERNEL, maxWorkers: 2, testTimeout: 120_000 },
      },
      {
        test: { name: "bench", include: [], benchmark: { include: ["bench/**/*.bench.ts"] } },
      },
      {
        test: { name: "interop", include: KERNEL, globalSetup: ["test/support/install-peers.ts", "test/support/compile-bench.ts"], maxWorkers: 3, sequence: { groupOrder: 1 }, testTimeout: 240_000, hookTimeout: 240_000 },
      },
    ],
  },
});
