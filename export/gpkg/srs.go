package gpkg

import (
	"fmt"

	"vedette/geo"
)

// system is a row of gpkg_spatial_ref_sys.
type system struct {
	name         string
	id           int
	organization string
	definition   string
	description  string
}

const wgs84 = `GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563,AUTHORITY["EPSG","7030"]],` +
	`AUTHORITY["EPSG","6326"]],PRIMEM["Greenwich",0,AUTHORITY["EPSG","8901"]],UNIT["degree",0.0174532925199433,` +
	`AUTHORITY["EPSG","9122"]],AXIS["Latitude",NORTH],AXIS["Longitude",EAST],AUTHORITY["EPSG","4326"]]`

// systems are the three that every GeoPackage lists, and the zone's.
func systems(z *geo.Zone) []system {
	s := []system{
		{"Undefined Cartesian", -1, "NONE", "undefined", "undefined Cartesian coordinate reference system"},
		{"Undefined geographic", 0, "NONE", "undefined", "undefined geographic coordinate reference system"},
		{"WGS 84", 4326, "EPSG", wgs84, "longitude and latitude in degrees on WGS 84"},
	}
	if z != nil {
		s = append(s, utm(*z))
	}
	return s
}

// utm describes a zone of the Universal Transverse Mercator grid.
func utm(z geo.Zone) system {
	id, hemisphere, north := 32600+z.Number, "N", 0
	if z.South {
		id, hemisphere, north = 32700+z.Number, "S", 10000000
	}
	name := fmt.Sprintf("WGS 84 / UTM zone %d%s", z.Number, hemisphere)
	return system{name, id, "EPSG", fmt.Sprintf(`PROJCS["%s",%s,PROJECTION["Transverse_Mercator"],`+
		`PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",%d],PARAMETER["scale_factor",0.9996],`+
		`PARAMETER["false_easting",500000],PARAMETER["false_northing",%d],UNIT["metre",1,AUTHORITY["EPSG","9001"]],`+
		`AXIS["Easting",EAST],AXIS["Northing",NORTH],AUTHORITY["EPSG","%d"]]`,
		name, wgs84, z.Number*6-183, north, id), "metres east and north, the working grid"}
}
