#!/usr/bin/env python3
"""Encodes and seals the examples of CommitBodyTests and SealTests from docs/architecture.md, without any code of Pointbook.

Prints bodies, texts and seals, in hexadecimal or as SHA-256. The tests have them as constants.
"""
import hashlib
import itertools
import struct
import uuid
from datetime import datetime, timezone

KINDS = {name: number for number, name in enumerate(
    "credit deduction spend draw settlement capture reversal return expiry flush restore erasure".split(), 1)}
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
    """An erasable text. It stands where its digest belongs until all texts of the block are known, and with them their salts.

    `goes_with` is the account that it goes with; None if it stays, whatever is erased.
    """

    def __init__(self, content, goes_with):
        self.content, self.goes_with = content, goes_with


def place(table, name, new):
    """The place of a name in a table, which gets it when it is first needed."""
    if name not in table:
        table[name] = new()
    return list(table).index(name)


def operations(entries):
    """The operations of a commit, each as its entries: they follow each other and have one account."""
    found = [list(group) for _, group in itertools.groupby(entries, lambda entry: entry["operation"])]
    for operation in found:
        assert operation[0]["operation"] == operation[0]["sequence"]
        assert len({entry["account"] for entry in operation}) == 1
        assert not any(name in entry for name in ("previous", "balance_before") for entry in operation[1:])
    return found


def sums(operation):
    """By how much an operation changes the balance of each of its payers, and none for payers with nothing but settlements."""
    with_payer = [entry for entry in operation if entry.get("payer") is not None]
    changes = {}
    for entry in with_payer:
        if entry["kind"] != "settlement":
            changes[entry["payer"]] = changes.get(entry["payer"], 0) + entry.get("points", 0)
    return changes | {entry["payer"]: None for entry in with_payer if entry["payer"] not in changes}


class Block:
    """A block of a body: its tables and its entries, as bytes and erasable texts. `introduced` has the actors of the blocks before it."""

    def __init__(self, first, introduced):
        self.first, self.introduced = first, introduced
        self.payers, self.accounts, self.actors, self.entries = {}, {}, {}, []
        self.account, self.occurred_at = None, 0

    def payer(self, name):
        return place(self.payers, name, lambda: [text(name)])

    def head(self, operation):
        """What the first entry of an operation says about all of it."""
        first = operation[0]
        previous = first.get("previous", 0)
        out = varint(first["sequence"] - previous if previous else 0) + varint(first.get("balance_before", 0)) + varint(len(operation) - 1)
        if len(operation) > 1:
            out += varint(len(sums(operation)))
            for name, change in sums(operation).items():
                out += varint(2 * self.payer(name) + 1) if change is None else varint(2 * self.payer(name)) + signed(change)
        return out

    def known(self, sequence):
        """How a table names what an entry before the block opened or introduced."""
        assert 0 < sequence < self.first
        return [varint(self.first - sequence)]

    def same_account(self, entry):
        before, self.account = self.account, entry.get("opening", entry["sequence"])
        return self.account == before

    def account_of(self, entry):
        def new():
            return self.known(entry["opening"]) if "opening" in entry else [varint(0), Erasable(entry["account"].encode("utf-8"), entry["account"])]

        return varint(place(self.accounts, self.account, new))

    def actor(self, name, sequence):
        def new():
            if name in self.introduced:
                return self.known(self.introduced[name])
            self.introduced[name] = sequence
            return [varint(0), Erasable(name.encode("utf-8"), None)]

        return varint(place(self.actors, name, new))

    def origin(self, of, entry):
        parts, sequence, account = [], entry["sequence"], entry["account"]
        if of.get("key") is not None:
            parts.append((1, Erasable(content_of_key(of["key"], of["key_hash"]), account)))
        for bit, part in [(2, "reference"), (4, "reason")]:
            if of.get(part) is not None:
                parts.append((bit, Erasable(of[part].encode("utf-8"), None if entry["kind"] == "erasure" else account)))
        if of.get("actor") is not None:
            parts.append((8, self.actor(of["actor"], sequence)))
        return [bytes([sum(bit for bit, _ in parts)]), *(part for _, part in parts)]

    def add(self, entry, operation):
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
            out.append(varint(self.payer(entry["payer"])))
        out.append(amounts)
        if 1 in has:
            out.append(signed(entry["occurred_at"] - self.occurred_at))
            self.occurred_at = entry["occurred_at"]
        out.append(signed(sequence - entry["lot"]) if 2 in has else b"")
        out.append(signed(entry["expires_at"] - entry.get("occurred_at", 0)) if 3 in has else b"")
        if is_first:
            out.append(self.head(operation))
        elif sequence == self.first:
            out.append(signed(sequence - entry["operation"]))
        out.append(signed(sequence - entry["subject"]) if 4 in has else b"")
        self.entries += out + (self.origin(entry["origin"], entry) if 5 in has else [])

    def encode(self, salts, erased=()):
        """The block and its texts, in the order in which the block has their digests. Texts of erased accounts are zeros; their digests stay."""
        encoded, texts = b"", b""
        tables = [piece for table in (self.payers, self.accounts, self.actors) for piece in [varint(len(table)), *sum(table.values(), [])]]
        for piece in tables + self.entries:
            if isinstance(piece, Erasable):
                salted = next(salts) + piece.content
                stored = bytes(len(salted)) if piece.goes_with in erased else salted
                piece, texts = varint(len(piece.content)) + hashlib.sha256(salted).digest(), texts + stored
            encoded += piece
        return encoded, texts


def index_blocks_and_texts(entries, erased=()):
    """The index and the blocks, which are the body, and the texts."""
    of_operation = {operation[0]["sequence"]: operation for operation in operations(entries)}
    introduced, salts, blocks = {}, by_example(), []
    for start in range(0, len(entries), ENTRIES_PER_BLOCK):
        block = Block(entries[start]["sequence"], introduced)
        for entry in entries[start:start + ENTRIES_PER_BLOCK]:
            block.add(entry, of_operation[entry["operation"]])
        blocks.append(block.encode(salts, erased))
    index = b"".join(varint(len(block)) + varint(len(texts)) + hashlib.sha256(block).digest() for block, texts in blocks)
    return index, b"".join(block for block, _ in blocks), b"".join(texts for _, texts in blocks)


def seal(previous, partition, commit_id, decided_at, recorded_at, entries, index):
    header = previous + struct.pack(">ii", 2, partition) + uuid.UUID(commit_id).bytes + struct.pack(
        ">qqqq", entries[0]["sequence"], len(entries), decided_at, recorded_at)
    return hashlib.sha256(header + index).digest()


def day(number):
    return int(datetime(2020, 1, 1, tzinfo=timezone.utc).timestamp() + number * 86_400) * 1_000_000


HASH = bytes(range(1, 33))


def of_carol(sequence, operation, kind, payer, points, lot_points, lot, **more):
    """A further entry of an operation of carol's account."""
    return {
        "sequence": sequence, "kind": kind, "account": "carol", "opening": 1, "payer": payer, "points": points, "lot_points": lot_points,
        "occurred_at": day(lot), "lot": lot, "operation": operation, **more,
    }


# Everything that an entry may say, also what no entry of a ledger says together.
FULL = {
    "sequence": 7, "kind": "credit", "account": "carol", "opening": 1, "previous": 5, "balance_before": 900, "payer": "MÜLLER", "points": -5, "lot_points": 300,
    "occurred_at": day(3), "lot": 3, "expires_at": day(4), "operation": 7, "subject": 1,
    "origin": {"key": "key", "key_hash": HASH, "reference": "reference", "reason": "reason", "actor": "billing"},
}
# An entry without "opening" opens its account.
EXAMPLE = [
    FULL,
    # A spend of five payers. Two of them only settle; another one settles before any other draws.
    {"sequence": 8, "kind": "spend", "account": "carol", "opening": 1, "previous": 7, "balance_before": 895, "operation": 8, "expires_at": day(6)},
    of_carol(9, 8, "settlement", "UNILEVER", 0, -200, 1),
    of_carol(10, 8, "settlement", "DANNON", 0, -50, 2),
    of_carol(11, 8, "draw", "MÜLLER", -100, -100, 3, expires_at=day(4)),
    of_carol(12, 8, "settlement", "ACME", 0, -7, 4),
    of_carol(13, 8, "draw", "DANNON", -250, -250, 4),
    of_carol(14, 8, "draw", "MILLER COORS", -25, -25, 5),
    of_carol(15, 8, "draw", "MÜLLER", -20, -20, 6),
    # A flush. One payer has lots, one has a lot that only pays deductions, and two have none.
    of_carol(16, 16, "flush", "MÜLLER", -450, -500, 3, previous=8, balance_before=500, expires_at=day(4)),
    of_carol(17, 16, "flush", "MÜLLER", -50, -50, 6),
    of_carol(18, 16, "flush", "DANNON", 0, -30, 2),
    {"sequence": 19, "kind": "flush", "account": "carol", "opening": 1, "payer": "UNILEVER", "operation": 16},
    {"sequence": 20, "kind": "flush", "account": "carol", "opening": 1, "payer": "ACME", "operation": 16},
    {"sequence": 21, "kind": "flush", "account": "dave", "operation": 21, "origin": {"actor": "billing", "reason": "bye"}},
]


def long_entry(n):
    """A credit with a draw and a settlement behind it, twice for each account. Of two operations, one has a payer that only settles."""
    entry = {
        "sequence": 1 + n, "kind": ["credit", "draw", "settlement"][n % 3], "account": f"account-{n // 6}",
        "payer": ["DANNON", "UNILEVER", "MILLER COORS"][n // 2 % 3], "points": [(n + 1) * 1_000_003, -n, 0][n % 3],
        "lot_points": [(n + 1) * 1_000_003, -n, -n * n][n % 3], "occurred_at": day(n * 7 % 11), "lot": 1 + n - n % 5, "operation": 1 + n - n % 3,
    }
    if n % 6 != 0:
        entry["opening"] = 1 + n - n % 6
    if n % 6 == 3:
        entry |= {"previous": 1 + n - 3, "balance_before": (n - 2) * 1_000_003 - (n - 2)}
    if n % 39 == 0:
        entry["origin"] = {"reference": f"r{n}", "actor": "till"}
    return entry


# 300 entries, so that there are two blocks. The second one refers to an account and an actor of the first one, and begins within an operation.
LONG = [long_entry(n) for n in range(300)]


def broad_entry(n):
    """A spend that draws from 300 payers and then settles with 100 others, and a credit behind it."""
    entry = {"sequence": 101 + n, "account": "carol", "opening": 1, "operation": 101}
    if n == 0:
        return entry | {"kind": "spend", "previous": 70, "balance_before": 2**63 - 1}
    if n == 401:
        return entry | {
            "kind": "credit", "previous": 101, "balance_before": 2**63 - 1 - 45_150, "payer": "payer 400", "points": 5, "lot_points": 5, "occurred_at": day(1),
            "lot": 502, "operation": 502,
        }
    return entry | {
        "kind": "draw" if n <= 300 else "settlement", "payer": f"payer {n}", "points": -n if n <= 300 else 0, "lot_points": -n, "occurred_at": day(1), "lot": 50,
    }


# 402 entries. The first block has the names of all payers, because the head needs them; the second one has those of its entries.
BROAD = [broad_entry(n) for n in range(402)]


# An account that is opened, emptied and erased, and another one that is not.
ERASED = [
    {
        "sequence": 31, "kind": "credit", "account": "erin", "payer": "DANNON", "points": 5, "lot_points": 5, "occurred_at": day(1), "lot": 31, "operation": 31,
        "origin": {"key": "key", "key_hash": HASH, "reference": "reference", "reason": "reason", "actor": "billing"},
    },
    {
        "sequence": 32, "kind": "flush", "account": "erin", "opening": 31, "previous": 31, "balance_before": 5, "payer": "DANNON", "points": -5, "lot_points": -5,
        "occurred_at": day(1), "lot": 31, "operation": 32,
    },
    {
        "sequence": 33, "kind": "erasure", "account": "erin", "opening": 31, "previous": 32, "operation": 33,
        "origin": {"key": "gone", "key_hash": HASH, "reference": "ticket", "reason": "asked", "actor": "support"},
    },
    {
        "sequence": 34, "kind": "credit", "account": "finn", "payer": "DANNON", "points": 5, "lot_points": 5, "occurred_at": day(1), "lot": 34, "operation": 34,
        "origin": {"reference": "other", "actor": "billing"},
    },
]


def print_sums(name, entries):
    index, blocks, texts = index_blocks_and_texts(entries)
    print(name, "body", len(index + blocks), hashlib.sha256(index + blocks).hexdigest())
    print(name, "texts", len(texts), hashlib.sha256(texts).hexdigest())


if __name__ == "__main__":
    index, blocks, texts = index_blocks_and_texts(EXAMPLE)
    print("example body", (index + blocks).hex())
    print("example texts", texts.hex())
    print("example seal", seal(HASH, 0, "00112233-4455-6677-8899-aabbccddeeff", day(2), day(5), EXAMPLE, index).hex())
    index, _, _ = index_blocks_and_texts(LONG)
    print("long seal", seal(bytes(32), 3, "00112233-4455-6677-8899-aabbccddeeff", day(2), day(5), LONG, index).hex())
    print_sums("long", LONG)
    print_sums("broad", BROAD)
    index, blocks, texts = index_blocks_and_texts(ERASED)
    print("erased body", (index + blocks).hex())
    print("erased texts before", texts.hex())
    print("erased texts after", index_blocks_and_texts(ERASED, erased=("erin",))[2].hex())
