// For workerd: GET /?endpoint=URL
import { check } from "./smoke.mjs";

export default {
  async fetch(request) {
    try {
      return new Response(await check(new URL(request.url).searchParams.get("endpoint")));
    } catch (error) {
      return new Response(String(error?.stack), { status: 500 });
    }
  },
};
