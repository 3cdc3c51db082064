// Search runs in a worker, and a browser refuses workers to a page opened from a file.
// There, and only there, a hidden frame does the worker's work. The name IFrameWorker is
// what the theme's search script looks for to know that it runs in such a frame.
(() => {
  "use strict";
  if (location.protocol !== "file:") return;

  class IFrameWorker extends EventTarget {
    constructor(url) {
      super();
      this.waiting = [];
      this.frame = document.createElement("iframe");
      this.frame.hidden = true;
      this.frame.title = "Search";
      this.frame.addEventListener("load", () => this.start(new URL(url, document.baseURI).href), { once: true });
      this.frame.srcdoc = "<!doctype html><title>Search</title>";
      const place = () => document.body.append(this.frame);
      if (document.body) place();
      else addEventListener("DOMContentLoaded", place, { once: true });
    }

    // Inside the frame, postMessage means: to the page that made the worker.
    start(url) {
      const inside = this.frame.contentWindow;
      inside.postMessage = (data) => this.dispatchEvent(new MessageEvent("message", { data }));
      const script = inside.document.createElement("script");
      script.src = url;
      script.addEventListener("load", () => {
        const messages = this.waiting;
        this.waiting = null;
        for (const data of messages) this.postMessage(data);
      });
      inside.document.head.append(script);
    }

    // Messages sent before the worker's script runs wait for it.
    postMessage(data) {
      if (this.waiting) this.waiting.push(data);
      else {
        const inside = this.frame.contentWindow;
        inside.dispatchEvent(new inside.MessageEvent("message", { data }));
      }
    }

    terminate() {
      this.frame.remove();
    }
  }

  window.IFrameWorker = IFrameWorker;
  window.Worker = IFrameWorker;
})();
