// What one person sees, live, and what they do. The server sends the newest whole view whenever it has changed.
import { useCallback, useEffect, useState } from "./libraries/view.js";

const AGAIN_MS = 1000;
const GONE = 4000; // the server closes with this when the channel was deleted

const UNREACHABLE = { key: "error.unreachable" };

// `path` with these parameters as a live value; `onGone` is called when there is no such place any more.
export function useLive(path, parameters, onGone) {
  const [said, setSaid] = useState(null);
  const [isReachable, setReachable] = useState(true);
  const query = new URLSearchParams(parameters).toString();
  useEffect(() => {
    let socket = null;
    let timer = 0;
    let isOver = false;
    const open = () => {
      socket = new WebSocket(`ws://${location.host}/${path}?${query}`);
      socket.onmessage = (event) => { setReachable(true); setSaid(JSON.parse(event.data)); };
      socket.onclose = (event) => {
        if (isOver) return;
        if (event.code === GONE) { onGone?.(); return; }
        setReachable(false);
        timer = setTimeout(open, AGAIN_MS);
      };
    };
    open();
    return () => { isOver = true; clearTimeout(timer); socket.close(); };
  }, [path, query]);
  return [said, isReachable];
}

// Does something as a person. Returns what came of it; where it was refused, tells `complain` which sentence says so and returns null.
export async function send(path, body, complain) {
  complain(null);
  const response = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).catch(() => null);
  const said = response ? await response.json() : { error: "unreachable", said: UNREACHABLE };
  if (said.error) complain(said.said ?? { key: "error.failed", values: { reason: said.error } });
  return said.error ? null : said;
}

export const useDeeds = (person, complain) =>
  useCallback((deed, other = complain) => send("api/deeds", { person, ...deed }, other), [person, complain]);
