package intake

import (
	"sort"
	"strings"
)

// match is a block found in the body.
type match struct {
	block, start, end int
	best              int // letters of the best chain that ends here
	before            int // the match before it in that chain, -1: none
}

// align tells which blocks of a page make its body: the chain of blocks, in
// the order of the page, that are found one after the other in the body and
// cover most of it. Blocks and body are squeezed. A block that is found more
// than occurrences times counts with its first ones only.
func align(keys []string, body string) []bool {
	const occurrences = 16
	var all []match
	for i, key := range keys {
		if key == "" {
			continue
		}
		for at, n := 0, 0; n < occurrences; n++ {
			k := strings.Index(body[at:], key)
			if k < 0 {
				break
			}
			all = append(all, match{block: i, start: at + k, end: at + k + len(key), before: -1})
			at += k + 1
		}
	}
	inside := make([]bool, len(keys))
	for k := chain(all); k >= 0; k = all[k].before {
		inside[all[k].block] = true
	}
	return inside
}

// chain links every match to the best chain before it and gives the end of
// the best one of all, -1 where there is none. Matches come in the order of
// their blocks; those of one block do not follow each other.
func chain(all []match) int {
	var best prefixMax
	last := -1
	for from := 0; from < len(all); {
		to := from
		for to < len(all) && all[to].block == all[from].block {
			m := &all[to]
			m.before = best.upTo(m.start)
			m.best = m.end - m.start
			if m.before >= 0 {
				m.best += all[m.before].best
			}
			to++
		}
		for k := from; k < to; k++ {
			best.put(all[k].end, k, all)
			if last < 0 || all[k].best >= all[last].best {
				last = k
			}
		}
		from = to
	}
	return last
}

// prefixMax finds the best match that ends at or before a place: a list of
// ends, each better than the ones before it.
type prefixMax struct {
	ends    []int
	matches []int
}

func (p *prefixMax) upTo(at int) int {
	i := sort.SearchInts(p.ends, at+1)
	if i == 0 {
		return -1
	}
	return p.matches[i-1]
}

// put adds a match; of two equally good the later stays.
func (p *prefixMax) put(end, k int, all []match) {
	i := sort.SearchInts(p.ends, end+1)
	if i > 0 && all[p.matches[i-1]].best > all[k].best {
		return
	}
	j := i
	for i > 0 && p.ends[i-1] == end {
		i--
	}
	for j < len(p.ends) && all[p.matches[j]].best <= all[k].best {
		j++
	}
	p.ends = append(p.ends[:i], append([]int{end}, p.ends[j:]...)...)
	p.matches = append(p.matches[:i], append([]int{k}, p.matches[j:]...)...)
}
