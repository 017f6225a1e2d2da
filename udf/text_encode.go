package udf

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow"
)

var textEncodeFuncs = []Scalar{
	{
		Name: "md5", Kind: "text", Args: []string{"value"},
		Doc:     "The MD5 hash of a text or bytea, as 32 hexadecimal digits. NULL if it is NULL.",
		Example: "md5('abc') = '900150983cd24fb0d6963f7d28e17f72'",
		Impls: hashes(textType, func(dst, s []byte) []byte {
			sum := md5.Sum(s)
			return hex.AppendEncode(dst, sum[:])
		}),
	},
	{
		Name: "sha1", Kind: "text", Args: []string{"value"},
		Doc:     "The SHA-1 hash of a text or bytea. NULL if it is NULL.",
		Example: "encode(sha1('abc'), 'hex') = 'a9993e364706816aba3e25717850c26c9cd0d89d'",
		Impls: hashes(byteaType, func(dst, s []byte) []byte {
			sum := sha1.Sum(s)
			return append(dst, sum[:]...)
		}),
	},
	{
		Name: "sha256", Kind: "text", Args: []string{"value"},
		Doc:     "The SHA-256 hash of a text or bytea. NULL if it is NULL.",
		Example: "encode(sha256('abc'), 'hex') = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'",
		Impls: hashes(byteaType, func(dst, s []byte) []byte {
			sum := sha256.Sum256(s)
			return append(dst, sum[:]...)
		}),
	},
	{
		Name: "sha512", Kind: "text", Args: []string{"value"},
		Doc:     "The SHA-512 hash of a text or bytea. NULL if it is NULL.",
		Example: "length(sha512('abc')) = 64",
		Impls: hashes(byteaType, func(dst, s []byte) []byte {
			sum := sha512.Sum512(s)
			return append(dst, sum[:]...)
		}),
	},
	{
		Name: "encode", Kind: "text", Args: []string{"bytes", "format"},
		Doc:     "The bytes as text: hex, base64 (in lines of 76 characters) or escape. NULL if either is NULL.",
		Example: `encode('\x0102', 'hex') = '0102'`,
		Impls: []Impl{{In: []Type{bytea, text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, format := textOf(args[0]), textOf(args[1])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return appendEncoded(dst, s.at(i), format.str(i)) })
		}}},
	},
	{
		Name: "decode", Kind: "text", Args: []string{"text", "format"},
		Doc:     "The bytes of a text in hex, base64 or escape. NULL if either is NULL.",
		Example: `decode('AQI=', 'base64') = '\x0102'::bytea`,
		Impls: []Impl{{In: []Type{text, text}, Out: returns(byteaType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, format := textOf(args[0]), textOf(args[1])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return appendDecoded(dst, s.str(i), format.str(i)) })
		}}},
	},
	{
		Name: "to_hex", Kind: "text", Args: []string{"number"},
		Doc:     "The number in hexadecimal digits; a negative one as its two's complement. NULL if it is NULL.",
		Example: "to_hex(255) = 'ff'",
		Impls: []Impl{
			{In: []Type{int4}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
				n := columnOf[int32](args[0])
				return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
					return strconv.AppendUint(dst, uint64(uint32(n.at(i))), 16), nil
				})
			}},
			{In: []Type{int8}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
				n := columnOf[int64](args[0])
				return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return strconv.AppendUint(dst, uint64(n.at(i)), 16), nil })
			}},
		},
	},
	{
		Name: "convert_from", Kind: "text", Args: []string{"bytes", "encoding"},
		Doc:     "The text that bytes are in an encoding; UTF8 is the only one. Bytes that are not UTF-8 are an error. NULL if either is NULL.",
		Example: `convert_from('\x616263', 'UTF8') = 'abc'`,
		Impls: []Impl{{In: []Type{bytea, text}, Out: returns(textType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, encoding := textOf(args[0]), textOf(args[1])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				if err := checkEncoding(encoding.str(i)); err != nil {
					return dst, err
				}
				if !utf8.Valid(s.at(i)) {
					return dst, faultf(stateCharacterNotInSet, "invalid byte sequence for encoding \"UTF8\"")
				}
				return append(dst, s.at(i)...), nil
			})
		}}},
	},
	{
		Name: "convert_to", Kind: "text", Args: []string{"text", "encoding"},
		Doc:     "The bytes of a text in an encoding; UTF8 is the only one. NULL if either is NULL.",
		Example: `convert_to('abc', 'UTF8') = '\x616263'::bytea`,
		Impls: []Impl{{In: []Type{text, text}, Out: returns(byteaType), Eval: func(call *Call, args []Arg) (arrow.Array, error) {
			s, encoding := textOf(args[0]), textOf(args[1])
			return mapText(call, args, func(dst []byte, i int) ([]byte, error) {
				return append(dst, s.at(i)...), checkEncoding(encoding.str(i))
			})
		}}},
	},
}

// hashes are the overloads of a function of bytes.
func hashes(out arrow.DataType, f func(dst, s []byte) []byte) []Impl {
	eval := func(call *Call, args []Arg) (arrow.Array, error) {
		s := textOf(args[0])
		return mapText(call, args, func(dst []byte, i int) ([]byte, error) { return f(dst, s.at(i)), nil })
	}
	return []Impl{{In: []Type{text}, Out: returns(out), Eval: eval}, {In: []Type{bytea}, Out: returns(out), Eval: eval}}
}

func appendEncoded(dst, s []byte, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return hex.AppendEncode(dst, s), nil
	case "base64":
		const line = 57 // bytes in 76 characters
		for len(s) > line {
			dst = append(base64.StdEncoding.AppendEncode(dst, s[:line]), '\n')
			s = s[line:]
		}
		return base64.StdEncoding.AppendEncode(dst, s), nil
	case "escape":
		for _, c := range s {
			switch {
			case c == 0 || c >= 0x80:
				dst = append(dst, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
			case c == '\\':
				dst = append(dst, '\\', '\\')
			default:
				dst = append(dst, c)
			}
		}
		return dst, nil
	}
	return dst, errEncoding(format)
}

func appendDecoded(dst []byte, s, format string) ([]byte, error) {
	switch strings.ToLower(format) {
	case "hex":
		return appendHex(dst, s)
	case "base64":
		dst, err := base64.StdEncoding.AppendDecode(dst, []byte(withoutSpaces(s)))
		if err != nil {
			return dst, faultf(stateInvalidParameter, "invalid base64 data: %q", abbreviate(s))
		}
		return dst, nil
	case "escape":
		return appendBytea(dst, s)
	}
	return dst, errEncoding(format)
}

func errEncoding(format string) error {
	return &Error{State: stateInvalidParameter, Msg: "unrecognized encoding: " + strconv.Quote(format), Hint: "there are hex, base64 and escape"}
}

func checkEncoding(name string) error {
	switch strings.ToUpper(strings.ReplaceAll(name, "-", "")) {
	case "UTF8", "UNICODE":
		return nil
	}
	return &Error{State: stateUndefinedObject, Msg: "encoding " + strconv.Quote(name) + " does not exist", Hint: "there is UTF8 only"}
}
