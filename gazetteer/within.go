package gazetteer

// Within gives the embedded places of a country, and tells which of them lie
// in a first-level unit of it. It looks at every place: some milliseconds.
func (g *Gazetteer) Within(country, admin1 string) (in, beside []Place) {
	for i := range g.world.places {
		p := &g.world.places[i]
		switch {
		case g.world.countries[p.country] != country:
		case g.world.admins[p.admin] == admin1:
			in = append(in, g.world.place(i))
		default:
			beside = append(beside, g.world.place(i))
		}
	}
	return in, beside
}
