"""The programs' other dialects: a sender or a receiver of each. What it did is said on stdout, one JSON line a picture."""

import argparse
import base64
import json
import pickle
import socket
import struct
import sys
import time

import cv2
import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("what", choices=["send", "receive"])
parser.add_argument("role", choices=["listen", "dial"])
parser.add_argument("--port", type=int, default=0)
parser.add_argument("--length", default="Q", help="of struct, or ljustN, zfillN, line")
parser.add_argument("--body", default="frame", help="what is sent, or expected: see BODIES and read()")
parser.add_argument("--protocol", type=int, help="of pickle; without it Python's own, -1 for no pickle")
parser.add_argument("--count", type=int, default=0, help="end after this many pictures; 0 for never")
parser.add_argument("--pause", type=float, default=0.05, help="seconds between two pictures")
parser.add_argument("--ends", action="store_true", help="write a length of 0 at the end")
parser.add_argument("--says", default="", help="what a receiver says first")
parser.add_argument("--answers", default="", help="what a receiver says after each picture")
args = parser.parse_args()


def say(**line):
    print(json.dumps(line), flush=True)


def connect():
    if args.role == "dial":
        link = socket.create_connection(("127.0.0.1", args.port))
        say(event="ready", port=args.port)
        return link
    door = socket.create_server(("127.0.0.1", args.port))
    say(event="ready", port=door.getsockname()[1])
    return door.accept()[0]


def picture(number):
    frame = np.zeros((120, 160, 3), np.uint8)
    frame[:] = (40, 160, 220)
    cv2.putText(frame, str(number), (20, 80), cv2.FONT_HERSHEY_SIMPLEX, 2, (0, 0, 0), 3)
    return frame


def jpeg(number):
    return cv2.imencode(".jpg", picture(number), [cv2.IMWRITE_JPEG_QUALITY, 95])


BODIES = {
    "frame": picture,
    "array": lambda number: jpeg(number)[1],
    "bytes": lambda number: jpeg(number)[1].tobytes(),
    "bytearray": lambda number: bytearray(jpeg(number)[1].tobytes()),
    "pair": jpeg,
    "list": lambda number: [number, picture(number)],
    "dict": lambda number: {"id": number, "at": time.time(), "tags": ["a", None], "frame": picture(number)},
    "base64": lambda number: base64.b64encode(jpeg(number)[1]),
    "text": lambda number: {"image": base64.b64encode(jpeg(number)[1]).decode("ascii")},
    "two": lambda number: (picture(number), cv2.cvtColor(picture(number), cv2.COLOR_BGR2GRAY)),
    "missing": lambda number: (False, None) if number < 3 else (True, picture(number)),
    "png": lambda number: cv2.imencode(".png", picture(number))[1].tobytes(),
}


def packed(size):
    if args.length == "line":
        return f"{size}\n".encode()
    for pad in ("ljust", "rjust", "zfill"):
        if args.length.startswith(pad):
            return getattr(str(size), pad)(int(args.length[len(pad) :])).encode()
    return struct.pack(args.length, size)


def send(link):
    number = 0
    while args.count == 0 or number < args.count:
        body = BODIES[args.body](number)
        if args.protocol != -1:
            body = pickle.dumps(body, protocol=args.protocol)
        link.sendall(packed(len(body)) + body)
        say(event="sent", counter=number)
        number += 1
        time.sleep(args.pause)
    if args.ends:
        link.sendall(packed(0))
    # What the peer says or does ends it; until then the connection is quiet.
    while link.recv(4096):
        pass


def exactly(link, count):
    data = b""
    while len(data) < count:
        packet = link.recv(min(65536, count - len(data)))
        if not packet:
            sys.exit("the sender has closed the connection")
        data += packet
    return data


def size_of_next(link):
    if args.length.startswith("ljust"):
        return int(exactly(link, int(args.length[5:])))
    return struct.unpack(args.length, exactly(link, struct.calcsize(args.length)))[0]


def read(body):
    if args.protocol != -1:
        return pickle.loads(body)
    pixels = np.frombuffer(body, np.uint8)
    return pixels if args.body == "array" else pixels.reshape(128, 512, 3)


def receive(link):
    link.sendall(args.says.encode())
    number = 0
    while args.count == 0 or number < args.count:
        size = size_of_next(link)
        if size > 64 << 20:
            sys.exit(f"a length of {size}")
        frame = read(exactly(link, size))
        if args.body == "array":
            frame = cv2.imdecode(frame, cv2.IMREAD_COLOR)
        say(event="shown", at=time.time() * 1000, counter=number, age=0, shape=list(frame.shape))
        link.sendall(args.answers.encode())
        number += 1


(send if args.what == "send" else receive)(connect())
