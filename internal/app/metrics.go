package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vedette/internal/feed"
	"vedette/internal/journal"
	"vedette/internal/picture"
	"vedette/internal/tak"
)

// metrics gives the numbers of the live side to Prometheus: those of the process
// and of Go, and what the parts count themselves, asked for when they are read.
func metrics(l *live) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), gauges{l})
	return r
}

// gauges asks the parts.
type gauges struct{ *live }

// Describe sends nothing: what there is depends on feeds and clients.
func (gauges) Describe(chan<- *prometheus.Desc) {}

// Collect asks every part.
func (g gauges) Collect(out chan<- prometheus.Metric) {
	send := sender(out)
	send.journal(g.journal.State())
	send.picture(g.picture.Stats())
	send.tak(g.live.tak.Stats())
	for _, c := range g.live.tak.Clients() {
		send.client(c)
	}
	for _, h := range g.feeds.Health() {
		send.feed(h)
	}
}

// sender sends values under names.
type sender chan<- prometheus.Metric

// add sends one value; labels are names and values in turn.
func (s sender) add(kind prometheus.ValueType, name, help string, value float64, labels ...string) {
	var names, values []string
	for i := 0; i+1 < len(labels); i += 2 {
		names, values = append(names, labels[i]), append(values, labels[i+1])
	}
	s <- prometheus.MustNewConstMetric(prometheus.NewDesc("vedette_"+name, help, names, nil), kind, value, values...)
}

func (s sender) count(name, help string, n uint64, labels ...string) {
	s.add(prometheus.CounterValue, name, help, float64(n), labels...)
}

func (s sender) gauge(name, help string, v float64, labels ...string) {
	s.add(prometheus.GaugeValue, name, help, v, labels...)
}

func (s sender) journal(c journal.Condition) {
	for state := journal.Opening; state <= journal.Closed; state++ {
		v := 0.0
		if state == c.State {
			v = 1
		}
		s.gauge("journal_state", "1 for the state that the journal is in.", v, "state", state.String())
	}
}

func (s sender) picture(p picture.Stats) {
	s.count("observations_taken_total", "Observations taken into the picture.", p.Taken)
	s.count("observations_late_total", "Observations that a newer one of their track, or their end, had come before.", p.Late)
	s.count("observations_kept_total", "Observations that the journal keeps.", p.Kept)
	s.count("observations_unkept_total", "Observations that are shown, but that the journal could not keep.", p.Unkept)
	for reason, n := range p.Refused {
		s.count("observations_refused_total", "Observations refused, by reason.", n, "reason", string(reason))
	}
	s.gauge("observations_queued", "Observations that wait for the journal.", float64(p.Queued))
	s.gauge("objects", "Objects in the picture.", float64(p.Objects))
	s.gauge("emergencies_open", "Calls for help that are open.", float64(p.Open))
}

func (s sender) tak(t tak.Stats) {
	s.gauge("tak_clients", "TAK clients that are connected.", float64(t.Clients))
	s.gauge("tak_objects", "Objects whose newest event is kept for who joins.", float64(t.Objects))
	s.gauge("tak_queued", "Events that wait, for all clients.", float64(t.Queued))
	s.count("tak_sessions_total", "Sessions that began.", t.Sessions)
	s.count("tak_received_total", "Events that TAK clients sent.", t.Received)
	s.count("tak_sent_total", "Events that were sent to TAK clients.", t.Sent)
	s.count("tak_sent_bytes_total", "Bytes that were sent to TAK clients.", t.SentBytes)
	s.count("tak_coalesced_total", "Positions that gave way to newer ones, for clients that are slow.", t.Coalesced)
	s.count("tak_unsendable_total", "Events that a client's form cannot hold.", t.Unsendable)
	s.count("tak_unkept_total", "Events that were relayed, but not kept.", t.Unkept)
	s.reasons("tak_refused_total", "Events refused, by reason.", t.Refused)
	s.reasons("tak_turned_away_total", "Connections turned away, by reason.", t.TurnedAway)
	s.reasons("tak_ended_total", "Sessions that ended, by reason.", t.Ended)
}

// client gives the figures of one client. Its name is that of its certificate or
// session, which the limits of both bound.
func (s sender) client(c tak.ClientInfo) {
	who := []string{"client", c.By, "address", c.Address}
	s.gauge("tak_client_queued", "Events that wait for a client.", float64(c.Queued), who...)
	s.count("tak_client_coalesced_total", "Positions that gave way to newer ones, for a client.", c.Coalesced, who...)
}

func (s sender) feed(h feed.Health) {
	s.count("feed_in_total", "Observations that a feed brought.", h.In, "feed", h.Name)
	s.gauge("feed_lag_seconds", "From the time of a feed's last observation to its receipt.", h.Lag.Seconds(), "feed", h.Name)
	s.reasons("feed_refused_total", "What of a feed was refused, by reason.", h.Refused, "feed", h.Name)
	for _, state := range []feed.State{feed.Connecting, feed.Live, feed.Silent, feed.Waiting, feed.Failed, feed.Ended} {
		v := 0.0
		if state == h.State {
			v = 1
		}
		s.gauge("feed_state", "1 for the state that a feed is in.", v, "feed", h.Name, "state", string(state))
	}
}

// reasons counts by reason; labels are further names and values in turn.
func (s sender) reasons(name, help string, by map[string]uint64, labels ...string) {
	for reason, n := range by {
		s.count(name, help, n, append([]string{"reason", reason}, labels...)...)
	}
}
