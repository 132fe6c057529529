import { defineConfig } from "tsdown";
import { shared } from "../../tsdown.shared.ts";

export default defineConfig({
  ...shared,
  entry: {
    index: "src/index.ts",
    predict: "src/predict-entry.ts",
    "encoded-failures": "src/encryption/encoded-failures.ts",
  },
});
