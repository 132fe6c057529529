// Public API of `@caselink/workflows/predict`: predicts the outcomes of a batch. Loads nothing of Temporal.
export {
  predictTicket,
  readTicket,
  type Prediction,
  type TicketReading,
  type Rejection,
} from "./chunk/predict-ticket.ts";
