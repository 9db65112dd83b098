// The chat: one WebSocket to /live, prompts out, packets in.
//
// A prompt may be sent while a reply is arriving (a barge-in). Every prompt gets exactly one `turn_complete`,
// in order, so text always belongs to the oldest turn that is still open, on a server that stops a reply as
// well as on one that talks on. The one exception is a prompt that the server refuses for now: it names that by its
// number in the session, and goes on with the others.
//
// By the subprotocol `live` we are told how to come back, if the connection is lost, to the conversation as it is then.

import { Turn } from "./turn.js";

const RECONNECT_SECONDS = 5;

const CLOSE_REASONS = {
  1001: "The server is going away.",
  1006: "The connection was lost.",
  1008: "The server refused this conversation.",
  1009: "The message was too long for the server.",
  1011: "The connection from the server to Gemini failed.",
  1012: "The server is restarting.",
  1013: "The server is full at the moment.",
  resume_refused: "This conversation can no longer be continued.",
  quota: "Gemini takes no more conversations at the moment.", // also 1013; the server has tried several times
};
const TOLD_BY_THE_CLOSE = ["full", "quota", "resume_refused"];
const FORGOTTEN = "This is a new conversation: what was said above is forgotten.";
const CONTINUED = "The conversation continues.";
const CONTINUED_IN_PART = "The conversation continues, without what was said last.";

const [conversation, composer, promptBox, sendButton, notice, reason, countdown, announcer] = [
  "conversation", "composer", "prompt", "send", "notice", "reason", "countdown", "announcer",
].map((id) => document.getElementById(id));

let socket;
let openTurns = []; // oldest first
let prompts = 0; // of this session
let reconnectTimer;
let ticket = null; // what this conversation can be resumed by, and until when
let resuming = false; // whether the connection is one that resumes, and the server has not said yet that it does
let turnsSinceTicket = 0; // turns that the conversation will lack when it is resumed
let forgotten = false; // a new conversation has begun, and Gemini no longer knows what was said above

function connect() {
  if (socket?.readyState === WebSocket.CONNECTING) return;
  clearTimeout(reconnectTimer);
  showConnection("connecting");
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  prompts = 0;
  if (ticket && performance.now() >= ticket.goodUntil) ticket = null;
  resuming = ticket !== null;
  forgotten = !resuming && conversation.querySelector(".turn") !== null;
  socket = new WebSocket(`${scheme}//${location.host}/live`, resuming ? ["live", `resume.${ticket.token}`] : ["live"]);
  socket.onopen = opened;
  socket.onmessage = (message) => receive(JSON.parse(message.data));
  socket.onclose = closed;
}

function opened() {
  notice.hidden = true;
  reason.textContent = "";
  showConnection("connected");
  nameServer();
}

function closed({ code, reason: detail }) {
  for (const turn of openTurns) turn.lose();
  turnsSinceTicket += openTurns.length;
  openTurns = [];
  showConnection("disconnected");
  if (detail === "resume_refused" && ticket) {
    ticket = null; // so that this is tried once
    connect();
    admitForgetting();
    return;
  }
  const words = CLOSE_REASONS[detail] ?? CLOSE_REASONS[code] ?? "The server closed the connection.";
  keepingTheEndInView(() => {
    reason.textContent = `${words} (${detail ? `${code}, ${detail}` : code})`;
    notice.hidden = false;
    countDown(RECONNECT_SECONDS);
  });
}

function countDown(seconds) {
  if (seconds === 0) {
    countdown.textContent = "Reconnecting now.";
    connect();
    return;
  }
  countdown.textContent = `Reconnecting in ${seconds} s.`;
  reconnectTimer = setTimeout(countDown, 1000, seconds - 1);
}

function receive(packet) {
  if (packet.resume) {
    keep(packet.resume);
    return;
  }
  if (packet.error) {
    if (packet.error.code === "rate_limited") refuse(packet.error);
    else if (!TOLD_BY_THE_CLOSE.includes(packet.error.code)) showFault(packet.error);
    return;
  }
  const turn = openTurns[0];
  if (!turn) throw new Error(`A packet arrived that answers no prompt: ${JSON.stringify(packet)}`);
  keepingTheEndInView(() => {
    if (packet.interrupted) turn.markInterrupted();
    if (packet.text) turn.say(packet.text);
    if (packet.turn_complete) finish(turn);
  });
}

function keep({ token, seconds }) {
  ticket = { token, goodUntil: performance.now() + 1000 * seconds };
  // Told first on a connection that resumes, it says that this has come about.
  if (resuming) remark(turnsSinceTicket ? CONTINUED_IN_PART : CONTINUED, "divider", "status");
  resuming = false;
  turnsSinceTicket = 0;
}

function refuse({ prompt, retry_after_seconds }) {
  const refused = openTurns.find((turn) => turn.number === prompt);
  if (!refused) throw new Error(`A prompt was refused that does not wait: ${prompt}`);
  openTurns = openTurns.filter((turn) => turn !== refused);
  keepingTheEndInView(() => {
    for (const turn of openTurns) turn.spare(refused);
    refused.refuse(retry_after_seconds);
  });
  announcer.textContent = "Your message was not passed on: too much was said in a minute.";
  showConnection("connected");
}

function finish(turn) {
  turn.end();
  openTurns.shift();
  turnsSinceTicket += 1;
  announcer.textContent = turn.state === "interrupted" ? "Gemini was interrupted." : `Gemini: ${turn.text}`;
  showConnection("connected");
}

function ask(prompt) {
  if (socket.readyState !== WebSocket.OPEN || prompt.trim() === "") return false;
  prompts += 1;
  const turn = new Turn(prompt, prompts);
  for (const running of openTurns) running.bargeIn(turn);
  openTurns.push(turn);
  // A leading "#word" would be taken for the tag by which a load test finds its replies; a space keeps it plain text.
  socket.send(prompt.startsWith("#") ? ` ${prompt}` : prompt);
  admitForgetting();
  document.getElementById("welcome").hidden = true;
  conversation.append(turn.element);
  scrollToEnd();
  showConnection("connected");
  return true;
}

function admitForgetting() {
  if (forgotten) remark(FORGOTTEN, "divider", "status");
  forgotten = false;
}

function showFault({ code, message }) {
  const words = `Something went wrong: ${message} (${code})`;
  // While every attempt to reconnect fails in the same way, saying so once is enough.
  if (conversation.lastElementChild?.textContent !== words) remark(words, "fault", "alert");
}

function remark(words, kind, role) {
  const line = document.createElement("li");
  const box = document.createElement("p");
  box.className = kind;
  box.setAttribute("role", role);
  box.textContent = words;
  line.append(box);
  document.getElementById("welcome").hidden = true;
  keepingTheEndInView(() => conversation.append(line));
}

function showConnection(state) {
  const replying = openTurns.length > 0;
  document.body.dataset.connection = state;
  document.getElementById("connection").textContent = state;
  sendButton.disabled = state !== "connected";
  sendButton.textContent = replying ? "Interrupt" : "Send";
  promptBox.placeholder = replying ? "Write to interrupt" : "Write a message";
}

async function nameServer() {
  const response = await fetch("/health", { cache: "no-store" }).catch(() => null); // gone again: the socket tells
  document.getElementById("server").hidden = !response?.ok;
  if (!response?.ok) return;
  const health = await response.json();
  for (const name of ["app", "backend", "model", "build"]) document.getElementById(name).textContent = health[name] ?? "unknown";
  document.title = `${health.app} · Live chat`;
}

// Follows the reply as it grows, unless the person has scrolled up to read.
function keepingTheEndInView(change) {
  const page = document.scrollingElement;
  const following = page.scrollHeight - page.scrollTop - page.clientHeight < 80;
  change();
  if (following) scrollToEnd();
}

function scrollToEnd() {
  document.scrollingElement.scrollTop = document.scrollingElement.scrollHeight;
}

composer.addEventListener("submit", (event) => {
  event.preventDefault();
  if (ask(promptBox.value)) promptBox.value = "";
  promptBox.focus();
});

promptBox.addEventListener("keydown", (event) => {
  // While an input method is composing (Japanese, Chinese), Enter picks a word and must not send.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

for (const button of document.querySelectorAll(".suggestion")) {
  button.addEventListener("click", () => {
    ask(button.textContent);
    promptBox.focus();
  });
}

document.getElementById("reconnect").addEventListener("click", connect);

connect();
