package ca

import "testing"

// benchAuthority has ten thousand certificates in its list.
func benchAuthority(b *testing.B) (*Authority, *Client) {
	b.Helper()
	a := openIn(b, b.TempDir(), clock())
	b.Cleanup(func() { _ = a.Close() })
	c := issue(b, a, "alpha")
	for i := range 10_000 {
		e := c.Entry
		e.Serial = Serial{byte(i), byte(i >> 8), 1}
		if err := a.issued.applyIssue(&e); err != nil {
			b.Fatal(err)
		}
	}
	return a, c
}

func BenchmarkVerify(b *testing.B) {
	a, c := benchAuthority(b)
	for b.Loop() {
		if _, err := a.Verify(c.Certificate); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRevoked(b *testing.B) {
	a, c := benchAuthority(b)
	for b.Loop() {
		if a.Revoked(c.Entry.Serial) {
			b.Fatal("revoked")
		}
	}
}
