// In a frame of the lab: sends the request that the lab asks for, from the origin of this frame, and reports what it read.
import { ask } from "./ask.js";

const lab = document.documentElement.dataset.lab;

addEventListener("message", async ({ origin, source, data, ports: [port] }) => {
  if (origin !== lab || source !== parent || parent === window || !port) return;
  port.postMessage(await ask(data));
});
