package geotiff

import "fmt"

// Tags of TIFF 6.0 (Adobe, 1992), of GeoTIFF 1.1 (OGC 19-008r4) and of GDAL
// (gdal.org, GTiff driver).
const (
	tagSubfileType     = 254
	tagWidth           = 256
	tagHeight          = 257
	tagBits            = 258
	tagCompression     = 259
	tagPhotometric     = 262
	tagFillOrder       = 266
	tagDescription     = 270
	tagStripOffsets    = 273
	tagBands           = 277
	tagRowsPerStrip    = 278
	tagStripCounts     = 279
	tagPlanar          = 284
	tagPredictor       = 317
	tagColorMap        = 320
	tagTileWidth       = 322
	tagTileHeight      = 323
	tagTileOffsets     = 324
	tagTileCounts      = 325
	tagExtraSamples    = 338
	tagSampleFormat    = 339
	tagPixelScale      = 33550
	tagTiepoints       = 33922
	tagTransformation  = 34264
	tagGeoKeys         = 34735
	tagGeoDoubles      = 34736
	tagGeoASCII        = 34737
	tagGDALMetadata    = 42112
	tagGDALNoData      = 42113
	subfileReduced     = 1
	subfileMask        = 4
	photometricGrey    = 1
	photometricPalette = 3
	planarChunky       = 1
	planarSeparate     = 2
)

// Types of the values of a tag. The three with an 8 are BigTIFF's.
const (
	typeByte   = 1
	typeASCII  = 2
	typeShort  = 3
	typeLong   = 4
	typeFloat  = 11
	typeDouble = 12
	typeIFD    = 13
	typeLong8  = 16
	typeSLong8 = 17
	typeIFD8   = 18
)

// typeSize is the size of one value of a type in bytes, by type.
var typeSize = [19]uint64{1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}

// Compression schemes that are read.
const (
	compressNone       = 1
	compressLZW        = 5
	compressDeflate    = 8
	compressPackBits   = 32773
	compressDeflateOld = 32946
	compressZstd       = 50000
)

// compressionName names a compression scheme, read or not.
func compressionName(code int) string {
	names := map[int]string{
		compressNone: "none", 2: "CCITT RLE", 3: "CCITT G3", 4: "CCITT G4", compressLZW: "LZW",
		6: "old JPEG", 7: "JPEG", compressDeflate: "deflate", compressPackBits: "PackBits",
		compressDeflateOld: "deflate", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA",
		compressZstd: "zstd", 50001: "WebP", 50002: "JPEG XL",
	}
	if n, ok := names[code]; ok {
		return n
	}
	return fmt.Sprintf("code %d", code)
}

// Kinds of samples, as the tag SampleFormat counts them.
const (
	kindUint  = 1
	kindInt   = 2
	kindFloat = 3
	kindVoid  = 4
)
