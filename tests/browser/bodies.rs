//! How the body of a response is read: in Chromium, and from the network, into memory of the reader's own.

crate::scenario::scenarios! {
    "/tests/browser/bodies.js"
    chunks_are_read_into_the_same_memory_again_and_again
    the_memory_grows_with_chunks_that_fill_it
    it_is_known_by_the_engine_and_by_the_response_which_bodies_are_read_like_that
    who_listens_in_and_does_not_pass_on_the_memory_is_no_harm
    an_engine_that_cannot_is_asked_in_the_old_way
    what_is_kept_for_later_is_not_written_over
    what_of_a_chunk_is_not_parsed_yet_is_not_written_over
    the_body_of_an_error_is_read_like_that_too
    chunks_of_any_size_come_as_they_were_sent
    a_byte_stream_of_a_pages_own_may_close_without_an_answer
    a_body_is_cancelled_while_it_is_read
    a_reader_that_has_memory_of_its_own_is_used_like_that
}
