package netlab

import (
	"encoding/binary"
	"fmt"
	"io"
	"time"
)

// The classic capture format, in microseconds:
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
const (
	pcapMagic        = 0xa1b2c3d4
	pcapEthernet     = 1
	pcapFileHeader   = 24
	pcapRecordHeader = 16
	pcapSnapLength   = 1 << 16
)

// WritePcap writes packets as a capture file that tcpdump and Wireshark read.
func WritePcap(w io.Writer, packets []Packet) error {
	header := binary.LittleEndian.AppendUint32(nil, pcapMagic)
	header = binary.LittleEndian.AppendUint16(header, 2)
	header = binary.LittleEndian.AppendUint16(header, 4)
	header = append(header, make([]byte, 8)...)
	header = binary.LittleEndian.AppendUint32(header, pcapSnapLength)
	header = binary.LittleEndian.AppendUint32(header, pcapEthernet)
	if _, err := w.Write(header); err != nil {
		return err
	}
	for _, packet := range packets {
		if _, err := w.Write(pcapRecord(packet)); err != nil {
			return err
		}
	}
	return nil
}

func pcapRecord(packet Packet) []byte {
	record := binary.LittleEndian.AppendUint32(nil, uint32(packet.Time.Unix()))
	record = binary.LittleEndian.AppendUint32(record, uint32(packet.Time.Nanosecond()/1000))
	record = binary.LittleEndian.AppendUint32(record, uint32(len(packet.frame)))
	record = binary.LittleEndian.AppendUint32(record, uint32(len(packet.frame)))
	return append(record, packet.frame...)
}

// ReadPcap reads the UDP datagrams over IPv6 out of a capture file of Ethernet
// frames, in either byte order.
func ReadPcap(r io.Reader) ([]Packet, error) {
	order, err := readPcapHeader(r)
	if err != nil {
		return nil, fmt.Errorf("pcap: %w", err)
	}
	var packets []Packet
	for {
		packet, ok, err := readPcapRecord(r, order)
		if err == io.EOF {
			return packets, nil
		}
		if err != nil {
			return nil, fmt.Errorf("pcap: record %d: %w", len(packets), err)
		}
		if ok {
			packets = append(packets, packet)
		}
	}
}

func readPcapHeader(r io.Reader) (binary.ByteOrder, error) {
	header := make([]byte, pcapFileHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		return nil, err
	}
	for _, order := range []binary.ByteOrder{binary.LittleEndian, binary.BigEndian} {
		if order.Uint32(header) != pcapMagic {
			continue
		}
		if kind := order.Uint32(header[20:]); kind != pcapEthernet {
			return nil, fmt.Errorf("link type %d, want %d (Ethernet)", kind, pcapEthernet)
		}
		return order, nil
	}
	return nil, fmt.Errorf("magic number %x is not that of a microsecond capture", header[:4])
}

// readPcapRecord returns io.EOF at the end of the file, and false for a frame of
// another kind.
func readPcapRecord(r io.Reader, order binary.ByteOrder) (Packet, bool, error) {
	header := make([]byte, pcapRecordHeader)
	if _, err := io.ReadFull(r, header); err != nil {
		return Packet{}, false, err
	}
	length := order.Uint32(header[8:])
	if length > pcapSnapLength {
		return Packet{}, false, fmt.Errorf("frame of %d bytes, more than %d", length, pcapSnapLength)
	}
	frame := make([]byte, length)
	if _, err := io.ReadFull(r, frame); err != nil {
		return Packet{}, false, io.ErrUnexpectedEOF
	}
	packet, ok := parseFrame(frame)
	packet.Time = time.Unix(int64(order.Uint32(header)), int64(order.Uint32(header[4:]))*1000).UTC()
	return packet, ok, nil
}
