package claim_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"vedette/report/claim"
)

func decisions(t *testing.T, n int) []byte {
	t.Helper()
	var log []byte
	for range n {
		line, err := claim.Decide(log, claim.Decision{Claim: "abc", Act: "confirm", By: "Ann", At: time.Date(2018, 11, 1, 0, 0, 0, 0, time.UTC)})
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, line...)
	}
	return log
}

func TestEveryChangeOfTheLogShows(t *testing.T) {
	log := decisions(t, 3)
	if all, err := claim.Verify(bytes.NewReader(log)); err != nil || len(all) != 3 {
		t.Fatalf("%d decisions, %v", len(all), err)
	}
	lines := bytes.SplitAfter(log, []byte("\n"))
	for name, broken := range map[string][]byte{
		"a line is changed":   bytes.Replace(log, []byte("Ann"), []byte("Bob"), 1),
		"a line is taken out": append(bytes.Clone(lines[0]), lines[2]...),
		"lines change places": append(append(bytes.Clone(lines[1]), lines[0]...), lines[2]...),
		"a line is no JSON":   append(bytes.Clone(log), "x\n"...),
	} {
		if _, err := claim.Verify(bytes.NewReader(broken)); err == nil {
			t.Errorf("%s, and nobody sees it", name)
		}
		if _, err := claim.Decide(broken, claim.Decision{Claim: "a", Act: "confirm", By: "Ann"}); err == nil {
			t.Errorf("%s, and the log goes on", name)
		}
	}
}

func TestADecisionSaysAllThatItLacks(t *testing.T) {
	err := claim.Decision{Act: "judge"}.Check()
	for _, want := range []string{"act:", "claim:", "by:", "reason:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not name %s", err, want)
		}
	}
	for _, act := range []string{"merge", "split", "amend"} {
		if (claim.Decision{Claim: "a", By: "b", Reason: "c", Act: act}).Check() == nil {
			t.Errorf("%s needs more than that", act)
		}
	}
}
