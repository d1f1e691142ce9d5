package feed

import "container/list"

// memory remembers a value for each key, and forgets the one that was asked for
// longest ago when there are too many.
type memory[K comparable, V any] struct {
	most  int
	by    map[K]*list.Element
	order *list.List // of entries, the latest in front
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

func newMemory[K comparable, V any](most int) *memory[K, V] {
	return &memory[K, V]{most, map[K]*list.Element{}, list.New()}
}

// get gives the value of a key, and makes it where there is none.
func (m *memory[K, V]) get(key K, fresh func() V) V {
	if el, ok := m.by[key]; ok {
		m.order.MoveToFront(el)
		return el.Value.(*entry[K, V]).value
	}
	if m.order.Len() >= m.most {
		last := m.order.Back()
		delete(m.by, m.order.Remove(last).(*entry[K, V]).key)
	}
	v := fresh()
	m.by[key] = m.order.PushFront(&entry[K, V]{key, v})
	return v
}
