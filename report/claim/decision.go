package claim

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"vedette/internal/chain"
)

// Decision is what a person decided about a claim. Decisions stand in a log of
// JSON lines to which lines are only added; each holds the hash of the one
// before it, so that a line that was changed, taken out or put in shows.
type Decision struct {
	Seq    int       `json:"seq"` // from 1
	Claim  string    `json:"claim"`
	Act    string    `json:"act"` // confirm, amend, reject, merge, split
	By     string    `json:"by"`
	At     time.Time `json:"at"`
	Reason string    `json:"reason,omitempty"`
	With   []string  `json:"with,omitempty"` // merge: the other claims; split: what it becomes
	Change string    `json:"change,omitempty"`
	Prev   string    `json:"prev"` // hash of the line before; empty in the first
	Hash   string    `json:"hash"` // of this line without its hash
}

var acts = []string{"confirm", "amend", "reject", "merge", "split"}

// Check says what is wrong with a decision before it is added.
func (d Decision) Check() error {
	var wrong []error
	if !slices.Contains(acts, d.Act) {
		wrong = append(wrong, fmt.Errorf("act: %q is none; give %s", d.Act, strings.Join(acts, ", ")))
	}
	if d.Claim == "" {
		wrong = append(wrong, errors.New("claim: it is empty; give the id of a claim"))
	}
	if strings.TrimSpace(d.By) == "" {
		wrong = append(wrong, errors.New("by: it is empty; say who decides"))
	}
	if d.Act != "confirm" && strings.TrimSpace(d.Reason) == "" {
		wrong = append(wrong, fmt.Errorf("reason: it is empty; %q needs one", d.Act))
	}
	if (d.Act == "merge" || d.Act == "split") && len(d.With) == 0 {
		wrong = append(wrong, fmt.Errorf("with: it is empty; %q needs other claims", d.Act))
	}
	if d.Act == "amend" && d.Change == "" {
		wrong = append(wrong, errors.New("change: it is empty; say what is amended"))
	}
	return errors.Join(wrong...)
}

// Decide gives the line to be added to a log for a decision, newline and all.
// The log so far is verified first: nothing is added to one that is broken.
func Decide(log []byte, d Decision) ([]byte, error) {
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("decide:\n%w", err)
	}
	all, err := Verify(bytes.NewReader(log))
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	if len(log) > 0 && log[len(log)-1] != '\n' {
		return nil, errors.New("decide: the log's last line is not whole")
	}
	next := end(all).Next()
	d.Seq, d.Prev = int(next.N), next.Prev
	d.At = d.At.UTC()
	if d.Hash, err = d.hash(); err != nil {
		return nil, err
	}
	line, err := json.Marshal(d)
	if err != nil {
		return nil, fmt.Errorf("decide: %w", err)
	}
	return append(line, '\n'), nil
}

func (d Decision) hash() (string, error) {
	d.Hash = ""
	return chain.Sum(d)
}

func (d Decision) link() chain.Link {
	return chain.Link{N: uint64(d.Seq), Prev: d.Prev, Hash: d.Hash}
}

// end gives the end of a chain that was verified.
func end(all []Decision) chain.End {
	if len(all) == 0 {
		return chain.End{}
	}
	last := all[len(all)-1]
	return chain.End{N: uint64(last.Seq), Hash: last.Hash}
}

// Verify reads a log and checks its chain. It cannot tell that lines were cut
// off the end: keep the last hash elsewhere for that.
func Verify(r io.Reader) ([]Decision, error) {
	var all []Decision
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		n := len(all) + 1
		var d Decision
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		if err := dec.Decode(&d); err != nil {
			return all, fmt.Errorf("the log's line %d: %w", n, err)
		}
		hash, err := d.hash()
		if err != nil {
			return all, err
		}
		if _, err := end(all).Follow(d.link(), hash); err != nil {
			return all, fmt.Errorf("the log's line %d: %w", n, err)
		}
		all = append(all, d)
	}
	if err := lines.Err(); err != nil {
		return all, fmt.Errorf("read the log: %w", err)
	}
	return all, nil
}
