// Public API of `@caselink/workflows/forecast`: what a batch would come to. Loads nothing of Temporal.
export { forecastTicket, readForForecast, type Forecast, type Reading, type Refusal } from "./chunk/forecast.ts";
