"""A driver as an executable in another language: JSON lines of the suite become frames of JSON over TCP, and back."""
import json
import socket
import struct
import sys
import threading

transport = None
writing = threading.Lock()


def say(line):
    with writing:
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()


def send(frame):
    body = json.dumps(frame).encode()
    with writing:
        transport.sendall(struct.pack(">I", len(body)) + body)


def exactly(count):
    data = b""
    while len(data) < count:
        more = transport.recv(count - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def hear_frames():
    try:
        while True:
            frame = json.loads(exactly(struct.unpack(">I", exactly(4))[0]))
            if "tell" in frame:
                say({"id": frame["n"], "do": "deliver", "name": frame["tell"], "message": frame["message"], "key": frame.get("key"), "from": frame.get("from")})
            elif "failed" in frame:
                say({"id": frame["n"], "error": {"message": frame["failed"], "problem": frame.get("problem")}})
            else:
                say({"id": frame["n"], "result": frame["result"]})
    except (EOFError, OSError):
        pass


for text in sys.stdin:
    line = json.loads(text)
    what = line.get("do")
    if what is None:
        send({"n": line["id"], "reply": line.get("result")})
    elif what == "open":
        transport = socket.create_connection(("127.0.0.1", line["settings"]["port"]))
        threading.Thread(target=hear_frames, daemon=True).start()
        send({"n": line["id"], "what": "meet", "parties": line["parties"]})
    elif what == "prove":
        send({"n": line["id"], "what": what, "role": line["role"], "challenge": line["challenge"]})
    elif what == "close":
        say({"id": line["id"], "result": {}})
    else:
        send({"n": line["id"], "what": what, "name": line["name"], "message": line["message"], "by": line.get("by"), "key": line.get("key")})
