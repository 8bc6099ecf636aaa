using System.Numerics.Tensors;
using AutoDev.Embeddings;

namespace AutoDev.Memento.Search;

/// <summary>
/// A workspace's skills in memory, as searching sees them: where their meaning points, and their words. A skill is as near to a task as its meaning is, and as the share of
/// the task's words that it has, each weighed by its rarity.
/// </summary>
sealed class SkillIndex
{
    /// <summary>Less alike than this, and there is no word of weight in common: not a skill for the task.</summary>
    public const double Floor = 0.15;

    /// <summary>Of the score; the rest is the words'. Where there is no meaning, the words are all.</summary>
    const double ShareOfMeaning = 0.75;

    // So many texts a word's rank in English counts for, beside the skills that are there.
    const double TextsOfEnglish = 50;

    // Words of less weight count, but tell nobody why: "the", "of".
    const double LeastToTell = 2;

    readonly Dictionary<string, Entry> _skills = new(StringComparer.Ordinal);
    readonly Dictionary<TaskWord, HashSet<Entry>> _with = [];

    /// <summary>How many skills there are.</summary>
    public int Count => _skills.Count;

    /// <summary>A skill as it is from now on.</summary>
    /// <param name="name">The skill.</param>
    /// <param name="text">Its name, description and task.</param>
    /// <param name="meaning">Empty where the model has not told it.</param>
    public void Put(string name, string text, float[] meaning)
    {
        Remove(name);
        var entry = new Entry(name, TaskText.Of(text), meaning);
        _skills[name] = entry;
        foreach (var word in entry.Text.Words)
        {
            if (!_with.TryGetValue(word, out var with)) with = _with[word] = [];
            with.Add(entry);
        }
    }

    /// <summary>A skill that is not there any more, or never was.</summary>
    public void Remove(string name)
    {
        if (!_skills.Remove(name, out var entry)) return;
        foreach (var word in entry.Text.Words)
            if (_with.TryGetValue(word, out var with) && with.Remove(entry) && with.Count == 0) _with.Remove(word);
    }

    /// <summary>The nearest, nearest first; none that has nothing to do with the task.</summary>
    /// <param name="task">What is to be done, in anybody's words.</param>
    /// <param name="meaning">Where the task points; empty where the model did not answer.</param>
    /// <param name="most">How many at most.</param>
    public IReadOnlyList<Hit> Search(string task, float[] meaning, int most)
    {
        var words = WordsInCommon(TaskText.Of(task));
        return [.. _skills.Values.Select(Near).Where(hit => hit.Score >= Floor).OrderByDescending(hit => hit.Score).ThenBy(hit => hit.Name, StringComparer.Ordinal).Take(most)];

        Hit Near(Entry skill)
        {
            var (share, common) = words.GetValueOrDefault(skill, (0, []));
            if (meaning.Length == 0 || meaning.Length != skill.Meaning.Length) return new(skill.Name, share, null, share, common);
            var alike = Math.Max(0, TensorPrimitives.Dot<float>(meaning, skill.Meaning));
            return new(skill.Name, (ShareOfMeaning * alike) + ((1 - ShareOfMeaning) * share), alike, share, common);
        }
    }

    /// <summary>By skill: the share of the task's weight that it has, and the words that tell why.</summary>
    Dictionary<Entry, (double Share, IReadOnlyList<string> Common)> WordsInCommon(TaskText task)
    {
        var weights = task.Words.Select(Weight).ToArray();
        var (all, found) = (weights.Sum(), new Dictionary<Entry, (double Share, List<string> Common)>());
        foreach (var (word, weight) in task.Words.Zip(weights))
        {
            var best = new Dictionary<Entry, double>();
            foreach (var (other, with) in _with)
            {
                if (word.Alike(other) is not (> 0 and var alike)) continue;
                foreach (var skill in with) best[skill] = Math.Max(alike, best.GetValueOrDefault(skill));
            }

            foreach (var (skill, alike) in best)
            {
                var (share, common) = found.GetValueOrDefault(skill, (0, []));
                if (weight >= LeastToTell) common.Add(word.ToString());
                found[skill] = (share + (alike * weight / all), common);
            }
        }

        return found.ToDictionary(f => f.Key, f => (f.Value.Share, (IReadOnlyList<string>)f.Value.Common));
    }

    /// <summary>The information in a word: rare in English, and the more skills there are, rare among them.</summary>
    double Weight(TaskWord word)
    {
        var with = _with.TryGetValue(word, out var skills) ? skills.Count : 0;
        return -Math.Log((with + (TextsOfEnglish * word.Prior)) / (_skills.Count + TextsOfEnglish));
    }

    sealed record Entry(string Name, TaskText Text, float[] Meaning)
    {
        public bool Equals(Entry? other) => ReferenceEquals(this, other);

        public override int GetHashCode() => System.Runtime.CompilerServices.RuntimeHelpers.GetHashCode(this);
    }
}

/// <summary>A skill that may be the one.</summary>
/// <param name="Name">The skill.</param>
/// <param name="Score">0 to 1.</param>
/// <param name="Meaning">The cosine of both meanings, 0 to 1; <c>null</c> where one of them is not known.</param>
/// <param name="Words">The share of the task's words that it has, by weight.</param>
/// <param name="Common">Those of them that are not in every text.</param>
sealed record Hit(string Name, double Score, double? Meaning, double Words, IReadOnlyList<string> Common);
