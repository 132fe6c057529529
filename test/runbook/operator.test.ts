import { OPERATOR_SCENARIOS } from "./operator-scenarios.ts";
import { testScenarios } from "./test-scenarios.ts";

testScenarios(OPERATOR_SCENARIOS);
