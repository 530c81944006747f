package netlab

import (
	"encoding/binary"
	"io"
)

// The classic capture format, in microseconds or nanoseconds:
// https://www.ietf.org/archive/id/draft-ietf-opsawg-pcap-04.html
const (
	pcapMagic        = 0xa1b2c3d4
	pcapNanoMagic    = 0xa1b23c4d
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
