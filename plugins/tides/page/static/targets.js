// Targets: an address without what is not asked for, and the list to TOPCAT or Aladin by the Web Profile of SAMP 1.3.
"use strict";
const HUB = "http://localhost:21012/";
let key = null;

function value(document, given) {
  const element = document.createElement("value");
  if (typeof given === "string") element.append(given);
  else {
    const struct = element.appendChild(document.createElement("struct"));
    for (const [name, part] of Object.entries(given)) {
      const member = struct.appendChild(document.createElement("member"));
      member.appendChild(document.createElement("name")).append(name);
      member.append(value(document, part));
    }
  }
  return element;
}

// Calls a method of the hub; gives the texts of its answer by name. A refusal is an error in the hub's words.
async function call(method, ...given) {
  const asked = document.implementation.createDocument(null, "methodCall");
  asked.documentElement.appendChild(asked.createElement("methodName")).append(`samp.webhub.${method}`);
  const params = asked.documentElement.appendChild(asked.createElement("params"));
  for (const one of given) params.appendChild(asked.createElement("param")).append(value(asked, one));
  let text;
  try {
    const body = new XMLSerializer().serializeToString(asked);
    const headers = { "Content-Type": "text/xml" };
    text = await (await fetch(HUB, { method: "POST", headers, body, keepalive: method === "unregister" })).text();
  } catch {
    throw new Error("No SAMP hub answers on this computer. Start TOPCAT or Aladin, then try again.");
  }
  const answer = new DOMParser().parseFromString(text, "text/xml");
  const found = {};
  for (const member of answer.querySelectorAll("member")) {
    found[member.querySelector("name").textContent] = member.querySelector("value").textContent;
  }
  if (answer.querySelector("fault")) throw new Error(`The hub refused: ${found.faultString}`);
  return found;
}

// The hub asks its user whether this page may register, and tells no one else before.
async function send(address) {
  key ??= (await call("register", { "samp.name": "TiDES" }))["samp.private-key"];
  const answer = await fetch(address);
  if (!answer.ok) throw new Error("The list could not be had. Load this page again: your session may have ended.");
  const { file, name, id } = await answer.json();
  const params = { url: new URL(file, location.href).href, "table-id": id, name };
  await call("notifyAll", key, { "samp.mtype": "table.load.votable", "samp.params": params });
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelector("form.filters").addEventListener("formdata", (event) => {
    for (const [name, given] of [...event.formData]) if (!given) event.formData.delete(name);
  });
  const button = document.querySelector("button[data-samp]");
  if (!button) return;
  button.hidden = false;
  const said = document.querySelector("#samp");
  button.addEventListener("click", async () => {
    button.disabled = true;
    said.textContent = "Waiting for the SAMP hub: it may ask you whether TiDES may register.";
    try {
      await send(button.dataset.samp);
      said.textContent = "Sent to all programs that load tables.";
    } catch (error) {
      key = null;
      said.textContent = error.message;
    }
    button.disabled = false;
  });
});

// The hub forgets the page with it.
addEventListener("pagehide", () => {
  if (key) call("unregister", key).catch(() => {});
  key = null;
});
