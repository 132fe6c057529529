import { DISASTER_SCENARIOS } from "./disaster-scenarios.ts";
import { testScenarios } from "./test-scenarios.ts";

testScenarios(DISASTER_SCENARIOS);
