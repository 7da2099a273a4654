"""A mail server on the loopback for the tests: speaks enough SMTP to be spoken to by smtplib, keeps what it gets."""

import email
import email.policy
import socketserver
import threading


class _Session(socketserver.StreamRequestHandler):
    def say(self, line):
        self.wfile.write(line.encode() + b"\r\n")

    def handle(self):
        self.say("220 loopback ready")
        self.recipients = []
        while line := self.rfile.readline():
            verb = line.strip().decode(errors="replace")
            if not self.answer(verb):
                return

    def answer(self, verb):
        name = verb.split(":")[0].split(" ")[0].upper()
        if name in {"EHLO", "HELO"}:
            self.say("250 loopback")
        elif name == "MAIL":
            self.recipients = []
            self.say("250 sender ok")
        elif name == "RCPT":
            address = verb.split("<", 1)[1].split(">")[0]
            if code := self.server.refusals.get(address):
                self.say(f"{code} {address} not taken")
            else:
                self.recipients.append(address)
                self.say("250 recipient ok")
        elif name == "DATA":
            self.say("354 go on")
            lines = []
            while (line := self.rfile.readline()).rstrip(b"\r\n") != b".":
                lines.append(line[1:] if line.startswith(b"..") else line)
            self.server.kept.append((self.recipients, email.message_from_bytes(b"".join(lines), policy=email.policy.default)))
            self.say("250 kept")
        elif name == "QUIT":
            self.say("221 bye")
            return False
        else:
            self.say("250 ok")
        return True


class MailServer(socketserver.ThreadingTCPServer):
    """``with MailServer() as server``: ``server.port``, ``server.kept`` as (recipients, message), ``server.refusals`` by address."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Session)
        self.kept, self.refusals = [], {}
        self.port = self.server_address[1]

    def __enter__(self):
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc):
        self.shutdown()
        self.server_close()
