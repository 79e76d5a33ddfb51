#!/usr/bin/env python3
"""Encodes and seals the example of CommitBodyTests and SealTests from docs/architecture.md, without any code of Pointbook.

Prints the body, the texts and the seal in hexadecimal. The tests have them as constants.
"""
import hashlib
import itertools
import struct
import uuid
from datetime import datetime, timezone

KINDS = {name: number for number, name in enumerate(
    "credit deduction spend draw settlement capture reversal return expiry flush restore".split(), 1)}
PARTS = ["payer", "occurred_at", "lot", "expires_at", "subject", "origin"]
ENTRIES_PER_BLOCK = 256
SALT_LENGTH = 16
DIGEST_LENGTH = 32


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


def by_example():
    """The salts of the examples: 16 bytes n for the n-th text of a commit. A ledger takes random bytes."""
    return (bytes([n % 256]) * SALT_LENGTH for n in itertools.count())


def content_of_key(key, key_hash):
    assert len(key_hash) == DIGEST_LENGTH
    return key_hash + key.encode("utf-8")


class Erasable:
    """An erasable text. It stands where its digest belongs until all texts of the block are known, and with them their salts."""

    def __init__(self, content):
        self.content = content


def place(table, name, new):
    """The place of a name in a table, which gets it when it is first needed."""
    if name not in table:
        table[name] = new()
    return varint(list(table).index(name))


class Block:
    """A block of a body: its tables and its entries, as bytes and erasable texts. `introduced` has the actors of the blocks before it."""

    def __init__(self, first, introduced):
        self.first, self.introduced = first, introduced
        self.payers, self.accounts, self.actors, self.entries = {}, {}, {}, []
        self.account, self.occurred_at = None, 0

    def payer(self, name):
        return place(self.payers, name, lambda: [text(name)])

    def known(self, sequence):
        """How a table names what an entry before the block opened or introduced."""
        assert 0 < sequence < self.first
        return [varint(self.first - sequence)]

    def same_account(self, entry):
        before, self.account = self.account, entry.get("opening", entry["sequence"])
        return self.account == before

    def account_of(self, entry):
        def new():
            return self.known(entry["opening"]) if "opening" in entry else [varint(0), Erasable(entry["account"].encode("utf-8"))]

        return place(self.accounts, self.account, new)

    def actor(self, name, sequence):
        def new():
            if name in self.introduced:
                return self.known(self.introduced[name])
            self.introduced[name] = sequence
            return [varint(0), Erasable(name.encode("utf-8"))]

        return place(self.actors, name, new)

    def origin(self, of, sequence):
        parts = []
        if of.get("key") is not None:
            parts.append((1, Erasable(content_of_key(of["key"], of["key_hash"]))))
        for bit, part in [(2, "reference"), (4, "reason")]:
            if of.get(part) is not None:
                parts.append((bit, Erasable(of[part].encode("utf-8"))))
        if of.get("actor") is not None:
            parts.append((8, self.actor(of["actor"], sequence)))
        return [bytes([sum(bit for bit, _ in parts)]), *(part for _, part in parts)]

    def add(self, entry):
        sequence, points, lot_points = entry["sequence"], entry.get("points", 0), entry.get("lot_points", 0)
        if points == lot_points:
            shape, amounts = 0, signed(points)
        elif lot_points == 0:
            shape, amounts = 1, signed(points)
        elif points == 0:
            shape, amounts = 2, signed(lot_points)
        else:
            shape, amounts = 3, signed(points) + signed(lot_points)
        same_account = self.same_account(entry)
        is_first = entry["operation"] == sequence
        has = [bit for bit, part in enumerate(PARTS) if entry.get(part) is not None]
        out = [bytes([KINDS[entry["kind"]] | same_account << 6 | is_first << 7, sum(1 << bit for bit in has) | shape << 6])]
        if not same_account:
            out.append(self.account_of(entry))
        if 0 in has:
            out.append(self.payer(entry["payer"]))
        out.append(amounts)
        if 1 in has:
            out.append(signed(entry["occurred_at"] - self.occurred_at))
            self.occurred_at = entry["occurred_at"]
        out.append(signed(sequence - entry["lot"]) if 2 in has else b"")
        out.append(signed(entry["expires_at"] - entry.get("occurred_at", 0)) if 3 in has else b"")
        out.append(b"" if is_first else signed(sequence - entry["operation"]))
        out.append(signed(sequence - entry["subject"]) if 4 in has else b"")
        self.entries += out + (self.origin(entry["origin"], sequence) if 5 in has else [])

    def encode(self, salts):
        """The block and its texts, in the order in which the block has their digests."""
        encoded, texts = b"", b""
        tables = [piece for table in (self.payers, self.accounts, self.actors) for piece in [varint(len(table)), *sum(table.values(), [])]]
        for piece in tables + self.entries:
            if isinstance(piece, Erasable):
                salted = next(salts) + piece.content
                piece, texts = varint(len(piece.content)) + hashlib.sha256(salted).digest(), texts + salted
            encoded += piece
        return encoded, texts


def body_and_texts(entries):
    introduced, salts, blocks = {}, by_example(), []
    for start in range(0, len(entries), ENTRIES_PER_BLOCK):
        block = Block(entries[start]["sequence"], introduced)
        for entry in entries[start:start + ENTRIES_PER_BLOCK]:
            block.add(entry)
        blocks.append(block.encode(salts))
    index = b"".join(varint(len(block)) + varint(len(texts)) for block, texts in blocks)
    return index + b"".join(block for block, _ in blocks), b"".join(texts for _, texts in blocks)


def seal(previous, partition, commit_id, decided_at, recorded_at, entries, body):
    header = previous + struct.pack(">ii", 2, partition) + uuid.UUID(commit_id).bytes + struct.pack(
        ">qqqq", entries[0]["sequence"], len(entries), decided_at, recorded_at)
    return hashlib.sha256(header + body).digest()


def day(number):
    return int(datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp() + number * 86_400) * 1_000_000


HASH = bytes(range(1, 33))
FULL = {
    "sequence": 7, "kind": "credit", "account": "carol", "opening": 1, "payer": "MÜLLER", "points": -5, "lot_points": 300, "occurred_at": day(3), "lot": 3,
    "expires_at": day(4), "operation": 2, "subject": 1,
    "origin": {"key": "key", "key_hash": HASH, "reference": "reference", "reason": "reason", "actor": "billing"},
}
# An entry without "opening" opens its account.
EXAMPLE = [
    FULL,
    {"sequence": 8, "kind": "spend", "account": "carol", "opening": 1, "operation": 8},
    {"sequence": 9, "kind": "flush", "account": "dave", "operation": 9, "origin": {"actor": "billing", "reason": "bye"}},
]


def long_entry(n):
    """A spend of two draws behind its two credits, and a settlement, as the ledger writes them."""
    entry = {
        "sequence": 1 + n, "kind": ["credit", "draw", "settlement"][n % 3], "account": f"account-{n // 7}", "payer": ["DANNON", "UNILEVER"][n % 2],
        "points": [n * 1_000_003, -n, 0][n % 3], "lot_points": [n * 1_000_003, -n, -n * n][n % 3], "occurred_at": day(n * 7 % 11), "lot": 1 + n - n % 5,
        "operation": 1 + n - n % 3,
    }
    if n % 7 != 0:
        entry["opening"] = 1 + n - n % 7
    if n % 40 == 0:
        entry["origin"] = {"reference": f"r{n}", "actor": "till"}
    return entry


# 300 entries, so that there are two blocks. The second one refers to an account and an actor of the first one.
LONG = [long_entry(n) for n in range(300)]

if __name__ == "__main__":
    body, texts = body_and_texts(EXAMPLE)
    print("example body", body.hex())
    print("example texts", texts.hex())
    print("example seal", seal(HASH, 0, "00112233-4455-6677-8899-aabbccddeeff", day(2), day(5), EXAMPLE, body).hex())
    body, texts = body_and_texts(LONG)
    print("long body", len(body), hashlib.sha256(body).hexdigest())
    print("long texts", len(texts), hashlib.sha256(texts).hexdigest())
