import { defineConfig } from "tsdown";
import { shared } from "../../tsdown.shared.ts";

export default defineConfig({
  ...shared,
  entry: ["src/index.ts", "src/credentials.ts", "src/errors.ts", "src/node.ts", "src/opentelemetry.ts"],
});
