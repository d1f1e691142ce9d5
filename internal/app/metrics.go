package app

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"vedette/internal/journal"
	"vedette/internal/picture"
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
