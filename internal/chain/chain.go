// Package chain binds entries of a log to one another, so that one that was
// changed, taken out or put in shows.
//
// Every entry carries its number, from 1, the hash of the entry before it, and
// its own hash: SHA-256, in hexadecimal, of its JSON with the hash left empty.
// What is cut off the end does not show: keep the last hash elsewhere for that.
package chain

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
)

// Link is what an entry carries.
type Link struct {
	N    uint64 // from 1
	Prev string // hash of the entry before; empty in the first
	Hash string // of the entry
}

// End is the last entry of a chain; the zero value is that of an empty one.
type End struct {
	N    uint64
	Hash string
}

// Sum hashes an entry, which must be given with its hash empty.
func Sum(entry any) (string, error) {
	text, err := json.Marshal(entry)
	if err != nil {
		return "", fmt.Errorf("hash an entry: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// Next gives the link of an entry to come, but for its hash.
func (e End) Next() Link { return Link{N: e.N + 1, Prev: e.Hash} }

// Follow checks that an entry with link l, which hashes to sum, is the next, and
// gives the chain's new end.
func (e End) Follow(l Link, sum string) (End, error) {
	want := e.Next()
	switch {
	case l.N != want.N:
		return e, fmt.Errorf("entry %d calls itself %d: entries were taken out or put in", want.N, l.N)
	case l.Prev != want.Prev:
		return e, fmt.Errorf("entry %d does not follow the one before it", want.N)
	case l.Hash != sum:
		return e, fmt.Errorf("entry %d was changed: its hash is %s, not %s", want.N, sum, l.Hash)
	}
	return End{l.N, l.Hash}, nil
}
