//! The benchmark itself: a library that reports other events than the rest is not measured, and there is none.

use benches_native::libraries::LIBRARIES;
use benches_native::report::Row;
use benches_native::workloads::{CHUNKINGS, WORKLOADS};

#[test]
fn every_library_reports_every_event_of_every_stream() {
    for workload in &WORKLOADS {
        for (chunking, size) in CHUNKINGS {
            let row = Row::check(workload.name, chunking, &workload.chunks(size));
            for library in &LIBRARIES {
                assert!(row.is_valid(library), "{} on {} in chunks of {chunking}", library.name, workload.name);
            }
        }
    }
}

#[test]
fn the_chunks_make_up_the_stream_whatever_their_size() {
    for workload in &WORKLOADS {
        let [whole, cut] = [usize::MAX >> 1, 777].map(|size| workload.chunks(size).concat());
        assert!(whole == cut && whole.ends_with(b"\n"), "{}", workload.name);
    }
}
