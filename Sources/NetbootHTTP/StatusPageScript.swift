extension StatusPage {
  /// Fills the page. Everything that comes from outside becomes text, never markup.
  static let script = """
    "use strict";
    const $ = id => document.getElementById(id);
    const make = (tag, text, name) => {
      const element = document.createElement(tag);
      if (text !== undefined && text !== null) element.textContent = text;
      if (name) element.className = name;
      return element;
    };
    const size = bytes => {
      if (!bytes) return "";
      const units = ["B", "kB", "MB", "GB", "TB", "PB"];
      let step = 0;
      while (bytes >= 1000 && step < units.length - 1) { bytes /= 1000; step++; }
      return (bytes < 10 && step ? bytes.toFixed(1) : Math.round(bytes)) + " " + units[step];
    };
    const row = (title, detail, badge, tone) => {
      const element = make("div", null, "row");
      const text = element.appendChild(make("div", title));
      for (const line of [detail].flat()) if (line) text.appendChild(make("small", line));
      if (badge) element.appendChild(make("span", badge, "badge " + (tone || "")));
      return element;
    };
    const fill = (id, rows, none) =>
      $(id).replaceChildren(...(rows.length ? rows : [make("p", none, "none row")]));
    const modes = { rw: "read and write", ro: "read only", overlay: "each machine writes to a layer of its own" };
    const states = { serving: ["shared", "good"], waiting: ["waiting for it", "warn"], failed: ["not shared", "bad"] };
    const phases = { ready: ["ready", "good"], starting: ["starting", "warn"], stopping: ["stopping", "warn"] };

    let before = null;
    // What went over each disk since the start, and each second since the last answer.
    function traffic(units) {
      const now = performance.now(), lines = new Map(), seconds = before ? (now - before.time) / 1000 : 0;
      for (const unit of units) {
        const then = before && before.counters.get(unit.lun), counters = unit.counters || {};
        const part = (name, word) => {
          if (!counters[name]) return "";
          const speed = then && seconds > 0.5 ? (counters[name] - then[name]) / seconds : 0;
          return size(counters[name]) + " " + word + (speed >= 1000 ? " (" + size(speed) + "/s)" : "");
        };
        const errors = counters.errors ? counters.errors + " errors of the disk" : "";
        lines.set(unit.lun, [part("bytesRead", "read"), part("bytesWritten", "written"), errors].filter(Boolean).join(" · "));
      }
      before = { time: now, counters: new Map(units.map(unit => [unit.lun, unit.counters || {}])) };
      return lines;
    }

    function draw(status) {
      const lines = traffic((status.target || {}).units || []);
      const sessions = status.sessions || [], disks = status.disks || [], problems = status.problems || [];
      const hosts = [...new Set(sessions.map(session => session.initiator))];
      const address = ((status.interfaces || []).find(one => one.address) || {}).address;
      document.body.className = hosts.length ? "busy" : "";
      $("headline").textContent = hosts.length === 0 ? "Waiting for a machine"
        : hosts.length === 1 ? "One machine is using the disk" : hosts.length + " machines are using the disks";
      $("advice").textContent = hosts.length
        ? "Shut " + (hosts.length === 1 ? "it" : "them") + " down first: switching this one off pulls out the disk."
        : "Connect another machine by cable, and let it boot from the network.";
      const [phase, tone] = phases[status.phase] || [status.phase || "?", ""];
      $("phase").textContent = phase;
      $("phase").className = "badge " + tone;
      $("problems").hidden = problems.length === 0;
      $("problems").querySelector("ul").replaceChildren(...problems.map(text => make("li", text)));
      fill("disks", disks.map(disk => {
        const [state, tone] = states[disk.state] || [disk.state, ""];
        const detail = [disk.path, disk.identity, modes[disk.mode] || disk.mode, disk.problem];
        return row("LUN " + disk.lun + "  " + [disk.model, size(disk.size)].filter(Boolean).join(", "),
          [detail.filter(Boolean).join(" · "), lines.get(disk.lun)], state, tone);
      }), "No disk is shared.");
      fill("sessions", sessions.map(session => row(session.initiator, session.address, "connected", "good")), "Nobody.");
      fill("clients", (status.netbootClients || []).map(client => row(client.hardwareAddress, client.last)),
        "No machine has asked yet.");
      fill("entries", (status.bootEntries || []).map(title => row(title)), "No kernel: only the whole disk.");
      $("events").replaceChildren(...(status.events || []).slice(-100).reverse().map(text => make("li", text)));
      const facts = [["Target", status.iqn], ["Portal", address ? address.split("/")[0] + ":" + status.port : status.port]];
      for (const one of status.interfaces || []) {
        const dhcp = { server: "hands out addresses", proxy: "beside the network's DHCP server", off: "no DHCP" }[one.dhcp];
        const link = one.hasLink ? one.address || "no address yet" : "no cable";
        facts.push([one.name, [link, dhcp, one.hardwareAddress].filter(Boolean).join(" · ")]);
      }
      $("machine").replaceChildren(...facts.filter(fact => fact[1]).flatMap(([name, text]) => [make("dt", name), make("dd", text)]));
    }

    async function poll() {
      try {
        const answer = await fetch("/status.json", { cache: "no-store", signal: AbortSignal.timeout(5000) });
        draw(await answer.json());
      } catch {
        document.body.className = "";
        $("headline").textContent = "No answer from the target";
        $("advice").textContent = "It is switched off, restarting, or the cable is out. This page goes on asking.";
        $("phase").textContent = "away";
        $("phase").className = "badge bad";
      }
      setTimeout(poll, 2000);
    }
    poll();
    """
}
