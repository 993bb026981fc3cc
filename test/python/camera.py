"""A stand-in for cv2.VideoCapture: a picture with lanvid's time strip (docs/protocol.md), at a steady rate."""

import time

import numpy as np

BLOCK = 16
COLUMNS = 32
# What a driver keeps for a reader that is late.
BUFFERS = 4


class Camera:
    def __init__(self, width, height, fps, background=None):
        if background is None:
            # Noise: no two pixels of a row, and no two rows, are alike.
            self.picture = np.random.default_rng(7).integers(0, 256, (height, width, 3), np.uint8)
        else:
            self.picture = np.fromfile(background, np.uint8).reshape(height, width, 3)
        self.is_noise = background is None
        self.interval = 1 / fps
        self.due = time.perf_counter()
        self.counter = 0

    def isOpened(self):
        return True

    def read(self):
        """The next picture, when it is due; a reader that is late gets it at once, as from a camera's few buffers."""
        wait = self.due - time.perf_counter()
        if wait > 0:
            time.sleep(wait)
        self.due += self.interval
        if time.perf_counter() - self.due > BUFFERS * self.interval:
            self.due = time.perf_counter()
        self.counter += 1
        frame = np.roll(self.picture, self.counter, 0) if self.is_noise else self.picture.copy()
        now = int(time.time() * 1000) % 2**32
        c = self.counter & 0xFFFFFF
        check = (c ^ c >> 8 ^ c >> 16 ^ 0xA5) & 0xFF
        for row, bits in enumerate((now, c | check << 24)):
            blocks = np.array([255 * (bits >> column & 1) for column in range(COLUMNS)], np.uint8)
            top = row * BLOCK
            frame[top : top + BLOCK, : BLOCK * COLUMNS] = np.repeat(blocks, BLOCK)[None, :, None]
        return True, frame


def read_strip(frame):
    """The counter of a picture, and how many ms ago it was drawn."""
    middle = BLOCK // 2
    rows = [frame[row * BLOCK + middle, middle : BLOCK * COLUMNS : BLOCK, 1] >= 128 for row in (0, 1)]
    drawn, count = (sum(int(bit) << column for column, bit in enumerate(row)) for row in rows)
    age = (time.time() * 1000 - drawn + 2**31) % 2**32 - 2**31
    return count & 0xFFFFFF, age
