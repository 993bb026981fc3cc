"""Draws the time strip on the root window of $DISPLAY, over and over: what is on the screen says when it was drawn."""

import ctypes
import sys
import time

BLOCK = 16
COLUMNS = 32
PAUSE_S = 0.004

x = ctypes.CDLL("libX11.so.6")
x.XOpenDisplay.restype = ctypes.c_void_p
x.XRootWindow.restype = ctypes.c_ulong
x.XCreateGC.restype = ctypes.c_void_p
pointer, number = ctypes.c_void_p, ctypes.c_ulong
x.XRootWindow.argtypes = [pointer, ctypes.c_int]
x.XCreateGC.argtypes = [pointer, number, number, pointer]
x.XSetForeground.argtypes = [pointer, pointer, number]
x.XFillRectangle.argtypes = [pointer, number, pointer] + [ctypes.c_int] * 4
x.XSync.argtypes = [pointer, ctypes.c_int]

display = x.XOpenDisplay(None)
if not display:
    sys.exit("no display")
root = x.XRootWindow(display, 0)
gc = x.XCreateGC(display, root, 0, None)

counter = 0
while True:
    counter = (counter + 1) & 0xFFFFFF
    check = (counter ^ counter >> 8 ^ counter >> 16 ^ 0xA5) & 0xFF
    rows = [int(time.time() * 1000) % 2**32, counter | check << 24]
    for row, bits in enumerate(rows):
        for column in range(COLUMNS):
            x.XSetForeground(display, gc, 0xFFFFFF if bits >> column & 1 else 0)
            x.XFillRectangle(display, root, gc, column * BLOCK, row * BLOCK, BLOCK, BLOCK)
    x.XSync(display, 0)
    if counter == 1:
        print("drawing", flush=True)
    time.sleep(PAUSE_S)
