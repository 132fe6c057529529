import { LEDGER_SCENARIOS } from "./ledger-scenarios.ts";
import { testScenarios } from "./test-scenarios.ts";

testScenarios(LEDGER_SCENARIOS);
