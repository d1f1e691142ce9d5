package viewshed

// The kernels of GDAL's edge mode. The horizon at a cell is the mix of the
// horizons at the two cells of the row before between which the line from the
// observer passes.

// planes runs half a wedge outwards.
func (w *wedge) planes(m *scratch, rows, side int, out sink) {
	for j := 1; j <= rows; j++ {
		n := w.cells(j, side)
		ground := m.ground[:n]
		w.slopes(ground, w.ground, j, side, m.bend)
		screen := ground
		if !w.bare {
			screen = m.screen[:n]
			w.slopes(screen, w.screen, j, side, m.bend)
		}
		if j == 1 {
			near(m.horizon[:n], screen)
			nearNeed(m.need[:n], ground)
		} else {
			planeRow(m, screen, ground, j)
		}
		out.take(w, j, side, m.need[:n])
	}
}

// void is the slope of a void beside the observer: it hides nothing.
const void = -1e12

// near takes the cells beside the observer as their own horizon.
func near(horizon, screen []float64) {
	for i, s := range screen {
		horizon[i] = s
		if s != s {
			horizon[i] = void
		}
	}
}

// nearNeed is zero for the cells beside the observer, NaN for voids.
func nearNeed(need, ground []float64) {
	for i, s := range ground {
		need[i] = s - s
	}
}

// planeRow carries the horizon on to row j.
func planeRow(m *scratch, screen, ground []float64, j int) {
	n := len(screen)
	inner := min(n, j)
	diagonal := m.horizon[inner-1]
	per := 1 / float64(j)
	if &screen[0] == &ground[0] {
		planeBare(m.horizon[:inner], screen, m.need, per, float64(j))
	} else {
		planeScreen(m.horizon[:inner], screen, ground, m.need, per, float64(j))
	}
	if n > j { // the diagonal has one predecessor
		m.need[j] = (diagonal - ground[j]) * float64(j)
		m.horizon[j] = diagonal
		if screen[j] > diagonal {
			m.horizon[j] = screen[j]
		}
	}
}

// planeBare sets need, and horizon from that of the row before, of a row j
// whose screen is its ground; per is 1/j.
func planeBare(horizon, slope, need []float64, per, j float64) {
	slope, need = slope[:len(horizon)], need[:len(horizon)]
	inner, k := horizon[0], 0.0
	for i, s := range slope {
		own := horizon[i]
		mix := own + float64(float64(k*per)*(inner-own))
		need[i] = (mix - s) * j
		if s > mix {
			mix = s
		}
		horizon[i] = mix
		inner = own
		k++
	}
}

// planeScreen is planeBare where something stands on the ground.
func planeScreen(horizon, screen, ground, need []float64, per, j float64) {
	screen, ground, need = screen[:len(horizon)], ground[:len(horizon)], need[:len(horizon)]
	inner, k := horizon[0], 0.0
	for i, s := range screen {
		own := horizon[i]
		mix := own + float64(float64(k*per)*(inner-own))
		need[i] = (mix - ground[i]) * j
		if s > mix {
			mix = s
		}
		horizon[i] = mix
		inner = own
		k++
	}
}
