package chain_test

import (
	"slices"
	"testing"

	"pgregory.net/rapid"

	"vedette/internal/chain"
)

type entry struct {
	Text string
	N    uint64
	Prev string
	Hash string
}

func (e entry) sum(t interface{ Fatal(...any) }) string {
	e.Hash = ""
	sum, err := chain.Sum(e)
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

func build(t *rapid.T, texts []string) []entry {
	var end chain.End
	var all []entry
	for _, text := range texts {
		link := end.Next()
		e := entry{Text: text, N: link.N, Prev: link.Prev}
		e.Hash = e.sum(t)
		var err error
		if end, err = end.Follow(chain.Link{N: e.N, Prev: e.Prev, Hash: e.Hash}, e.Hash); err != nil {
			t.Fatal(err)
		}
		all = append(all, e)
	}
	return all
}

func verify(t *rapid.T, all []entry) error {
	var end chain.End
	for _, e := range all {
		var err error
		if end, err = end.Follow(chain.Link{N: e.N, Prev: e.Prev, Hash: e.Hash}, e.sum(t)); err != nil {
			return err
		}
	}
	return nil
}

func TestEveryChangeShows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		all := build(t, rapid.SliceOfN(rapid.StringN(0, 8, -1), 2, 8).Draw(t, "texts"))
		if err := verify(t, all); err != nil {
			t.Fatalf("a whole chain: %v", err)
		}
		i := rapid.IntRange(0, len(all)-2).Draw(t, "i")
		broken := slices.Clone(all)
		switch rapid.IntRange(0, 4).Draw(t, "act") {
		case 0:
			broken = slices.Delete(broken, i, i+1)
		case 1:
			broken[i], broken[i+1] = broken[i+1], broken[i]
		case 2:
			broken[i].Text += "x"
		case 3: // changed, and hashed again
			broken[i].Text += "x"
			broken[i].Hash = broken[i].sum(t)
		case 4:
			broken = slices.Insert(broken, i, all[i])
		}
		if verify(t, broken) == nil {
			t.Fatalf("a broken chain is taken for whole: %v", broken)
		}
	})
}

func TestWhatCannotBeWrittenHasNoSum(t *testing.T) {
	if _, err := chain.Sum(make(chan int)); err == nil {
		t.Error("a channel has a sum")
	}
}
