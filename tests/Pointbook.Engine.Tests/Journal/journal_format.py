#!/usr/bin/env python3
"""Encodes and seals the example of CommitBodyTests and SealTests from docs/architecture.md, without any code of Pointbook.

Prints the body and the seal in hexadecimal. The tests have them as constants.
"""
import hashlib
import struct
import uuid
from datetime import datetime, timezone

KINDS = {name: number for number, name in enumerate(
    "credit deduction spend draw settlement capture reversal return expiry flush restore".split(), 1)}
ENTRIES_PER_BLOCK = 256


def varint(value):
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def signed(value):
    value = (value + 2**63) % 2**64 - 2**63
    return varint(value * 2 if value >= 0 else -value * 2 - 1)


def text(value):
    utf8 = value.encode("utf-8")
    return varint(len(utf8)) + utf8


def origin(of, name):
    parts = [
        (1, "key", text), (2, "key_hash", lambda value: value), (4, "reference", text), (8, "reason", text), (16, "actor", name)]
    flags, encoded = 0, b""
    for bit, part, encode in parts:
        if of.get(part) is not None:
            flags |= bit
            encoded += encode(of[part])
    return bytes([flags]) + encoded


def block(entries):
    names = []

    def name(value):
        if value not in names:
            names.append(value)
        return varint(names.index(value))

    encoded, account, occurred_at = b"", None, 0
    for entry in entries:
        sequence, points, lot_points = entry["sequence"], entry.get("points", 0), entry.get("lot_points", 0)
        same_account = entry["account"] == account
        account = entry["account"]
        if points == lot_points:
            shape, amounts = 0, signed(points)
        elif lot_points == 0:
            shape, amounts = 1, signed(points)
        elif points == 0:
            shape, amounts = 2, signed(lot_points)
        else:
            shape, amounts = 3, signed(points) + signed(lot_points)
        is_first = entry["operation"] == sequence
        has = [bit for bit, part in enumerate(["payer", "occurred_at", "lot", "expires_at", "subject", "origin"]) if entry.get(part) is not None]
        encoded += bytes([KINDS[entry["kind"]] | same_account << 6 | is_first << 7, sum(1 << bit for bit in has) | shape << 6])
        encoded += b"" if same_account else name(account)
        encoded += name(entry["payer"]) if 0 in has else b""
        encoded += amounts
        if 1 in has:
            encoded += signed(entry["occurred_at"] - occurred_at)
            occurred_at = entry["occurred_at"]
        encoded += signed(sequence - entry["lot"]) if 2 in has else b""
        encoded += signed(entry["expires_at"] - entry.get("occurred_at", 0)) if 3 in has else b""
        encoded += b"" if is_first else signed(sequence - entry["operation"])
        encoded += signed(sequence - entry["subject"]) if 4 in has else b""
        encoded += origin(entry["origin"], name) if 5 in has else b""
    return varint(len(names)) + b"".join(text(value) for value in names) + encoded


def body(entries):
    blocks = [block(entries[start:start + ENTRIES_PER_BLOCK]) for start in range(0, len(entries), ENTRIES_PER_BLOCK)]
    return b"".join(varint(len(each)) for each in blocks) + b"".join(blocks)


def seal(previous, partition, commit_id, decided_at, recorded_at, entries):
    header = previous + struct.pack(">ii", 2, partition) + uuid.UUID(commit_id).bytes + struct.pack(
        ">qqqq", entries[0]["sequence"], len(entries), decided_at, recorded_at)
    return hashlib.sha256(header + body(entries)).digest()


def day(number):
    return int(datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp() + number * 86_400) * 1_000_000


HASH = bytes(range(1, 33))
FULL = {
    "sequence": 7, "kind": "credit", "account": "carol", "payer": "MÜLLER", "points": -5, "lot_points": 300, "occurred_at": day(3), "lot": 3,
    "expires_at": day(4), "operation": 2, "subject": 1,
    "origin": {"key": "key", "key_hash": HASH, "reference": "reference", "reason": "reason", "actor": "billing"},
}
EXAMPLE = [FULL, {"sequence": 8, "kind": "spend", "account": "carol", "operation": 8}]

# A spend of two draws behind its two credits, and a settlement, as the ledger writes them; 300 entries, so that there are two blocks.
LONG = [
    {
        "sequence": 1 + n, "kind": ["credit", "draw", "settlement"][n % 3], "account": f"account-{n // 7}", "payer": ["DANNON", "UNILEVER"][n % 2],
        "points": [n * 1_000_003, -n, 0][n % 3], "lot_points": [n * 1_000_003, -n, -n * n][n % 3], "occurred_at": day(n * 7 % 11), "lot": 1 + n - n % 5,
        "operation": 1 + n - n % 3,
    }
    for n in range(300)
]

if __name__ == "__main__":
    print("example body", body(EXAMPLE).hex())
    print("example seal", seal(HASH, 0, "00112233-4455-6677-8899-aabbccddeeff", day(2), day(5), EXAMPLE).hex())
    print("long body", len(body(LONG)), hashlib.sha256(body(LONG)).hexdigest())
